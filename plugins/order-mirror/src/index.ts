import { posPluginSdk, type PluginHttpResponse } from "@madang/pos-plugin-sdk";
import { oneAfterAnother } from "./in-turn.js";
import { pauseMs, retryAfterMs } from "./pause.js";

interface Settings extends Record<string, string | undefined> {
  server_url?: string;
  server_key?: string;
}

/** What became of one order. */
type Outcome = { kind: "taken" } | { kind: "refused"; code: number } | { kind: "later"; why: string; askedForMs: number | undefined };

const WAITING = "waiting";
/** The order as it was paid is kept with its id: a server that compares bodies must see the same one under the same key. */
const bodyOf = (orderId: string) => `order-${orderId}`;
const TIMEOUT_MS = 10_000;

posPluginSdk.payment.on("paid", (_paymentId, orderId) => oneAfterAnother(() => enqueue(orderId)));
posPluginSdk.setting.on("change", () => oneAfterAnother(sendWaiting));

oneAfterAnother(async () => {
  await declareSettings();
  await sendWaiting();
});

let failures = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

function declareSettings(): Promise<void> {
  return posPluginSdk.setting.setInputs([
    { type: "text", id: "server_url", label: "주문을 받을 서버 주소", required: false, default: "", placeholder: "https://orders.example.com" },
    { type: "password", id: "server_key", label: "서버 키", required: false, default: "" },
  ]);
}

/** Kept before it is sent: a till that is switched off in between sends it when it is on again. */
async function enqueue(orderId: string): Promise<void> {
  const { server_url } = await posPluginSdk.setting.getValues<Settings>();
  if (!server_url) return;
  const order = await posPluginSdk.order.getOrder(orderId);
  // Of a split bill only the last payment completes it.
  if (order.paymentState !== "COMPLETED") return;
  const waiting = await readWaiting();
  if (!waiting.includes(orderId)) {
    await posPluginSdk.storage.set(bodyOf(orderId), JSON.stringify(order));
    await keepWaiting([...waiting, orderId]);
  }
  if (retry === undefined) await sendWaiting();
}

/** Sends what waits, oldest first, and stops at the first that the server cannot take now. */
async function sendWaiting(): Promise<void> {
  clearTimeout(retry);
  retry = undefined;
  const settings = await posPluginSdk.setting.getValues<Settings>();
  const { server_url } = settings;
  if (!server_url) return;
  for (const orderId of await readWaiting()) {
    const outcome = await send(server_url, settings.server_key, orderId);
    if (outcome.kind === "later") {
      tryLater(outcome);
      return;
    }
    failures = 0;
    if (outcome.kind === "refused") {
      posPluginSdk.toast.error({ message: `주문 서버가 주문을 받지 않았습니다 (${outcome.code})` });
      console.error(`order ${orderId} was refused with ${outcome.code} and is not sent again`);
    }
    await keepWaiting((await readWaiting()).filter((id) => id !== orderId));
    await posPluginSdk.storage.del(bodyOf(orderId));
  }
}

/** The order's id is the key: a server that got it, though its answer was lost, takes it only once. */
async function send(serverUrl: string, serverKey: string | undefined, orderId: string): Promise<Outcome> {
  const headers: [string, string][] = [
    ["Content-Type", "application/json"],
    ["Idempotency-Key", orderId],
  ];
  if (serverKey) headers.push(["Authorization", `Bearer ${serverKey}`]);
  try {
    const order: unknown = JSON.parse((await posPluginSdk.storage.get(bodyOf(orderId))) ?? "null");
    const url = `${serverUrl.replace(/\/+$/, "")}/orders`;
    return outcomeOf(await posPluginSdk.http.post(url, order, headers, { timeoutMs: TIMEOUT_MS }));
  } catch (error) {
    return { kind: "later", why: error instanceof Error ? error.message : String(error), askedForMs: undefined };
  }
}

function outcomeOf({ code, headers }: PluginHttpResponse): Outcome {
  if (code >= 200 && code < 300) return { kind: "taken" };
  const isPassing = code >= 500 || code === 408 || code === 425 || code === 429;
  return isPassing ? { kind: "later", why: `${code}`, askedForMs: retryAfterMs(headers) } : { kind: "refused", code };
}

function tryLater({ why, askedForMs }: { why: string; askedForMs: number | undefined }): void {
  failures += 1;
  const inMs = pauseMs(failures, askedForMs, Math.random());
  console.warn(`not sent (${why}); trying again in ${Math.ceil(inMs / 1_000)} s`);
  // Once an outage, not at every try.
  if (failures === 1) posPluginSdk.toast.warn({ message: "주문 서버에 보내지 못했습니다. 다시 보냅니다" });
  retry = setTimeout(() => oneAfterAnother(sendWaiting), inMs);
}

async function readWaiting(): Promise<string[]> {
  return JSON.parse((await posPluginSdk.storage.get(WAITING)) ?? "[]") as string[];
}

async function keepWaiting(orderIds: string[]): Promise<void> {
  await posPluginSdk.storage.set(WAITING, JSON.stringify(orderIds));
}
