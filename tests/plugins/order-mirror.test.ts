import { beforeEach, expect, test, vi } from "vitest";
import { pauseMs, retryAfterMs } from "../../plugins/order-mirror/src/pause.js";
import { settle, SmallTill, type ServerAnswer } from "./small-till.js";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
});

const URL_SET = "https://orders.example.com/";
const NOT_SENT = "주문 서버에 보내지 못했습니다. 다시 보냅니다";

async function tillWith(orderIds: string[], ...answers: (ServerAnswer | Error)[]): Promise<SmallTill> {
  const till = new SmallTill();
  for (const id of orderIds) till.orders.set(id, { id, paymentState: "COMPLETED" });
  till.settings.set("server_url", URL_SET).set("server_key", "key");
  till.server = () => {
    const answer = answers.shift() ?? { code: 200 };
    if (answer instanceof Error) throw answer;
    return answer;
  };
  await till.start("order-mirror");
  return till;
}

const keysSent = (till: SmallTill) =>
  till.calls.map((call) => (call["headers"] as [string, string][]).find(([name]) => name === "Idempotency-Key")?.[1]);

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settle();
}

test("a paid order is posted once, with its id as key", async () => {
  const till = await tillWith(["1"]);
  await till.paid("1");
  expect(till.calls).toEqual([
    {
      url: "https://orders.example.com/orders",
      method: "POST",
      payload: { id: "1", paymentState: "COMPLETED" },
      headers: [
        ["Content-Type", "application/json"],
        ["Idempotency-Key", "1"],
        ["Authorization", "Bearer key"],
      ],
      timeoutMs: 10_000,
    },
  ]);
  expect([...till.kept]).toEqual([["waiting", "[]"]]);
});

test("a refund between two tries does not change what is sent under the key", async () => {
  const till = await tillWith(["1"], { code: 503 });
  await till.paid("1");
  till.orders.set("1", { id: "1", paymentState: "REFUNDED" });
  await pass(2_000);
  expect(till.calls.map((call) => call["payload"])).toEqual(Array(2).fill({ id: "1", paymentState: "COMPLETED" }));
});

test("not without a server, nor before it is fully paid", async () => {
  const till = await tillWith(["1", "2"]);
  till.orders.set("1", { id: "1", paymentState: "PAID" });
  await till.paid("1");
  till.settings.set("server_url", "");
  await till.paid("2");
  expect(till.calls).toEqual([]);
});

test("a server that is down is left alone for longer and longer, and staff are told once", async () => {
  const till = await tillWith(["1"], new Error("connection refused"), { code: 503 }, { code: 500 });
  await till.paid("1");
  await pass(1_999);
  expect(keysSent(till)).toHaveLength(1);
  await pass(1);
  expect(keysSent(till)).toHaveLength(2);
  await pass(4_000);
  await pass(8_000);
  expect(keysSent(till)).toEqual(["1", "1", "1", "1"]);
  expect(till.toasts).toEqual([NOT_SENT]);
  await pass(600_000);
  expect(keysSent(till)).toHaveLength(4);
});

test("Retry-After is kept to", async () => {
  const till = await tillWith(["1"], { code: 429, headers: [["retry-after", "60"]] });
  await till.paid("1");
  await pass(59_999);
  expect(keysSent(till)).toHaveLength(1);
  await pass(1);
  expect(keysSent(till)).toHaveLength(2);
});

test("orders wait for the one before and go in their order", async () => {
  const till = await tillWith(["1", "2"], { code: 503 });
  await till.paid("1");
  await till.paid("2");
  expect(keysSent(till)).toEqual(["1"]);
  await pass(2_000);
  expect(keysSent(till)).toEqual(["1", "1", "2"]);
});

test("an order that the server refuses is told and not sent again", async () => {
  const till = await tillWith(["1", "2"], { code: 422 });
  await till.paid("1");
  await till.paid("2");
  await pass(600_000);
  expect(keysSent(till)).toEqual(["1", "2"]);
  expect(till.toasts).toEqual(["주문 서버가 주문을 받지 않았습니다 (422)"]);
});

test("what waits survives a restart", async () => {
  const till = await tillWith(["1"], new Error("connection refused"));
  await till.paid("1");
  await till.start("order-mirror");
  expect(keysSent(till)).toEqual(["1", "1"]);
  expect(till.kept.get("waiting")).toBe("[]");
});

test.each([
  [1, undefined, 0, 1_000],
  [1, undefined, 1, 2_000],
  [3, undefined, 1, 8_000],
  [40, undefined, 1, 300_000],
  [1, 60_000, 1, 60_000],
  [1, 86_400_000, 1, 300_000],
])("after %i failures, asked for %s, chance %d", (failures, asked, chance, expected) => {
  expect(pauseMs(failures, asked, chance)).toBe(expected);
});

test.each([
  [[["Retry-After", "5"]], 5_000],
  [[["retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"]], undefined],
  [[], undefined],
] as [[string, string][], number | undefined][])("%j → %s", (headers, expected) => {
  expect(retryAfterMs(headers)).toBe(expected);
});
