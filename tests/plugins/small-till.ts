import { vi } from "vitest";

type Data = Record<string, unknown>;
interface Posted {
  name: string;
  callbackId?: string;
  data: Data;
}
/** What the server outside answers to one call. */
export interface ServerAnswer {
  code: number;
  headers?: [string, string][];
}

/** A till of a few lines, which lives on while the plugin on it is started and stopped. */
export class SmallTill {
  readonly kept = new Map<string, string>();
  readonly orders = new Map<string, Data>();
  readonly settings = new Map<string, unknown>();
  readonly calls: Data[] = [];
  /** Messages that this till refuses, by name. */
  readonly refused = new Set<string>();
  items: Data[] = [];
  /** How the server answers a call; a refusal of the connection when it throws. */
  server: (call: Data) => ServerAnswer = () => ({ code: 200 });
  toasts: string[] = [];
  #posted: Posted[] = [];
  #running = 0;

  /** Starts a plugin on a worker's globals of its own; one that ran before is no longer heard. */
  async start(plugin: string): Promise<void> {
    this.#running += 1;
    const run = this.#running;
    vi.resetModules();
    vi.clearAllTimers();
    vi.stubGlobal("onmessage", null);
    vi.stubGlobal("postMessage", (message: Posted) => {
      if (run === this.#running) this.#hear(structuredClone(message));
    });
    await import(`../../plugins/${plugin}/src/index.ts`);
    await settle();
  }

  /** Tells the plugin of an event and lets it finish what it can without time passing. */
  async event(name: string, data: Data): Promise<void> {
    this.#tell({ name, version: 1, data });
    await settle();
  }

  paid(orderId: string): Promise<void> {
    return this.event("payment.change.event", { event: "paid", payment: { id: `p${orderId}` }, order: { id: orderId } });
  }

  cancelled(orderId: string): Promise<void> {
    return this.event("payment.change.event", { event: "cancel", payment: { id: `p${orderId}` }, order: { id: orderId } });
  }

  /** Asks the plugin whether a payment of so much may be cancelled. */
  async mayCancel(amountMoney: number): Promise<Data | undefined> {
    const payload = { order: { id: "1" }, payment: { id: "p1", amountMoney } };
    this.#tell({ name: "payment.event.request", version: 1, callbackId: "asked", data: { event: "before-cancel", payload } });
    await settle();
    return this.#posted.findLast((message) => message.callbackId === "asked")?.data;
  }

  #hear(message: Posted): void {
    this.#posted.push(message);
    const { name, data, callbackId } = message;
    if (name === "toast.open") this.toasts.push(data["message"] as string);
    if (callbackId === undefined || name.endsWith(".response")) return;
    queueMicrotask(() => {
      this.#tell({ name: name.replace(".request", ".response"), version: 1, callbackId, data: this.#answer(name, data) });
    });
  }

  #answer(name: string, data: Data): Data {
    try {
      return { complete: true, ...this.#resultOf(name, data) };
    } catch (error) {
      return { complete: false, errorMessage: (error as Error).message };
    }
  }

  #resultOf(name: string, data: Data): Data {
    if (this.refused.has(name)) throw new Error(`'${name}' is refused`);
    const key = data["key"] as string;
    switch (name) {
      case "plugin.info.request":
        return { name: "sample", version: "1.0.0" };
      case "merchant.info.request":
        return { merchant: { id: 7, name: "마당 카페", serialNumber: "1" } };
      case "catalog-item.list.request":
        return { catalogs: this.items };
      case "catalog-item.get.request":
        return { catalog: this.items.find((item) => item["id"] === (data["catalog"] as Data)["id"]) };
      case "order.get.request":
        return { order: this.orders.get(data["id"] as string) };
      case "setting.set-inputs.request":
        return {};
      case "setting.values.request":
        return { settings: Object.fromEntries(this.settings) };
      case "storage.get.request":
        return { value: this.kept.get(key) };
      case "storage.set.request":
        this.kept.set(key, data["value"] as string);
        return {};
      case "storage.delete.request":
        this.kept.delete(key);
        return {};
      case "http.request":
        this.calls.push(data);
        return { body: "", headers: [], ...this.server(data) };
      default:
        throw new Error(`this till knows no '${name}'`);
    }
  }

  #tell(message: object): void {
    (globalThis as unknown as { onmessage: ((event: object) => void) | null }).onmessage?.({ data: message });
  }
}

/** Lets everything that can go on go on; time does not pass. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await vi.advanceTimersByTimeAsync(0);
}
