// A till's side of the plugin protocol as one would write it in JavaScript, and what is measured over it. Nothing of Node
// or of a browser is used here: both peers bring `spawn`, which starts a plugin's source in a worker.

import { summary } from "../report/summary.mjs";

/**
 * @typedef {{ post(message: object): void, stop(): Promise<void> | void }} Worker
 * @typedef {(source: string, onMessage: (message: any) => void) => Worker} Spawn
 */

const ORDERS = 1000;
const TIMELINE_MAX = 1000;

export class Host {
  /** @param {Spawn} spawn */
  constructor(spawn) {
    this.spawn = spawn;
    this.orders = new Map(Array.from({ length: ORDERS }, (_, n) => [orderId(n), order(n)]));
    this.timeline = [];
    this.waiting = new Map();
  }

  /** Starts a plugin; resolves when it has asked who it is, which is the first thing every SDK does. */
  start(source) {
    return new Promise((resolve) => {
      const worker = this.spawn(source, (message) => {
        this.receive(worker, message);
        if (message.name === "plugin.info.request") resolve(worker);
      });
    });
  }

  async startMany(source, count) {
    const workers = [];
    for (let n = 0; n < count; n += 1) workers.push(await this.start(source));
    return workers;
  }

  /** Tells a plugin of an order; `answered` is called when the plugin has asked for it and told what it got. */
  tellOfOrder(worker, id, answered) {
    this.waiting.set(id, answered);
    worker.post({ name: "order.change.event", version: 1, data: { event: "add", order: { id } } });
  }

  receive(worker, message) {
    switch (message.name) {
      case "plugin.info.request":
        this.answer(worker, message, { name: "bench", version: "1.0.0" });
        break;
      case "setting.set-inputs.request":
        this.answer(worker, message, {});
        break;
      case "order.get.request":
        this.answerOrder(worker, message);
        break;
      case "plugin.unicast.send":
        this.hear(message.data.message);
        break;
      case "log":
        this.record(message.data.log);
        break;
      default:
        if (message.callbackId !== undefined) this.refuse(worker, message, `${message.name} is not handled`);
    }
  }

  answerOrder(worker, message) {
    const order = this.orders.get(message.data.id);
    if (order === undefined) this.refuse(worker, message, `no order ${message.data.id}`);
    else this.answer(worker, message, { order });
  }

  answer(worker, { name, callbackId }, fields) {
    const data = { complete: true, ...fields };
    worker.post({ name: name.replace(".request", ".response"), version: 1, callbackId, data });
  }

  refuse(worker, { name, callbackId }, errorMessage) {
    const data = { complete: false, errorMessage };
    worker.post({ name: name.replace(".request", ".response"), version: 1, callbackId, data });
  }

  hear(id) {
    const answered = this.waiting.get(id);
    this.waiting.delete(id);
    answered?.();
  }

  record(log) {
    this.timeline.push(log);
    if (this.timeline.length > TIMELINE_MAX) this.timeline.splice(0, TIMELINE_MAX / 2);
  }
}

/** Start times in µs of `count` plugins, one after the other, each stopped before the next. */
export async function measureStart(host, source, { count }) {
  const warmUp = 3;
  const times = [];
  for (let n = 0; n < warmUp + count; n += 1) {
    const begin = performance.now();
    const worker = await host.start(source);
    if (n >= warmUp) times.push(microseconds(begin));
    await worker.stop();
  }
  return { start_us: summary(times) };
}

/** Bytes that each of `count` plugins adds, one already running; `residentBytes` says what the process has. */
export async function measureMemory(host, source, { count, residentBytes }) {
  await host.start(source);
  const before = await residentBytes();
  await host.startMany(source, count);
  const after = await residentBytes();
  return {
    bytes_per_plugin: Math.round((after - before) / count),
    bytes_before: before,
    bytes_after: after,
  };
}

/** Event to plugin, its `order.getOrder`, the answer, what it tells: `count` times over `plugins`, `inFlight` at a time. */
export async function measureRoundTrip(host, source, { plugins, inFlight, count }) {
  const workers = await host.startMany(source, plugins);
  await roundTrips(host, workers, inFlight, Math.max(200, plugins * 20));
  const begin = performance.now();
  const times = await roundTrips(host, workers, inFlight, count);
  const seconds = (performance.now() - begin) / 1000;
  return { round_trip_us: summary(times), per_second: Math.round(count / seconds) };
}

/** Round trips of all plugins but one, one at a time: before and while that one spins. */
export async function measureSpinning(host, source, { plugins, count }) {
  const [spinner, ...others] = await host.startMany(source, plugins);
  await roundTrips(host, others, 1, plugins * 20);
  const without = await roundTrips(host, others, 1, count);
  spinner.post({ name: "barcode.event", version: 1, data: { barcode: "spin" } });
  const during = await roundTrips(host, others, 1, count);
  return { without_us: summary(without), with_us: summary(during) };
}

/** Times in µs. Each of `inFlight` lanes has an order of its own and walks through the plugins in turn. */
function roundTrips(host, workers, inFlight, count) {
  const times = [];
  let begun = 0;
  return new Promise((resolve) => {
    const next = (lane) => {
      if (begun === count) return;
      const worker = workers[begun % workers.length];
      begun += 1;
      const begin = performance.now();
      host.tellOfOrder(worker, orderId(lane), () => {
        times.push(microseconds(begin));
        if (times.length === count) resolve(times);
        else next(lane);
      });
    };
    for (let lane = 0; lane < inFlight; lane += 1) next(lane);
  });
}

function microseconds(begin) {
  return (performance.now() - begin) * 1000;
}

function orderId(n) {
  return String(7_300_000_000_000_000_000n + BigInt(n));
}

/** About 1 kB as JSON: two lines with an option, as a café's order has. */
function order(n) {
  return {
    id: orderId(n),
    orderKey: `K-${n}`,
    paymentState: "PAID",
    orderState: "OPENED",
    createdAt: "2026-01-02T03:04:05.000Z",
    openedAt: "2026-01-02T03:04:06.000Z",
    completedAt: null,
    lineItems: [lineItem(n, 1, "아메리카노"), lineItem(n, 2, "카페라떼")],
    discounts: [],
    chargePrice: {
      chargeDiscountValue: 0,
      chargeListPriceValue: 11000,
      chargePriceValue: 11000,
      chargeSupplyValue: 10000,
      chargeTaxValue: 1000,
      chargeTipValue: 0,
    },
  };
}

function lineItem(n, line, title) {
  return {
    id: `${orderId(n)}-${line}`,
    orderId: orderId(n),
    diningOption: "HERE",
    item: { id: line, title, category: { id: 1, title: "커피", titleI18n: null }, type: "ITEM", priceValue: 5000 },
    quantity: { value: 1 },
    chargePrice: { value: 5500 },
    optionChoices: [{ id: 11, title: "샷 추가", priceValue: 500, imageUrl: null, state: "ON_SALE", quantity: 1 }],
  };
}

/** What a peer can be asked: the name on its command line, and the function. */
export const MEASURES = {
  start: measureStart,
  memory: measureMemory,
  "round-trip": measureRoundTrip,
  spinning: measureSpinning,
};
