import { Worker } from "node:worker_threads";

const ORDER = { id: "9", paymentState: "COMPLETED", chargePrice: { chargePriceValue: 4500 } };

/** What a till answers, as far as the bundles ask. */
function answersOf(kept) {
  return {
    "plugin.info.request": () => ({ name: "compat", version: "1.0.0" }),
    "merchant.info.request": () => ({ merchant: { id: 7, name: "마당 카페", serialNumber: "1" } }),
    "catalog-item.list.request": () => ({ catalogs: [{ id: 1, title: "아메리카노" }] }),
    "catalog-category.list.request": () => ({ categories: [{ id: 1, title: "커피" }] }),
    "setting.set-inputs.request": () => ({}),
    "order.get.request": () => ({ order: ORDER }),
    "storage.get.request": ({ key }) => ({ value: kept.get(key) }),
    "storage.set.request": ({ key, value }) => (kept.set(key, value), {}),
  };
}

/** A worker running one finished bundle, with a till that answers it. */
export class FakeTill {
  messages = [];
  lines = [];
  #worker;
  #watchers = [];

  constructor(bundle, kept = new Map()) {
    const answers = answersOf(kept);
    this.#worker = new Worker(new URL("worker.cjs", import.meta.url), { workerData: bundle });
    this.#worker.on("error", (error) => this.#note(this.lines, `thrown: ${error.stack}`));
    this.#worker.on("message", ({ posted, line }) => {
      if (posted === undefined) return this.#note(this.lines, line);
      const answer = answers[posted.name]?.(posted.data);
      if (answer) this.tell(posted.name.replace(".request", ".response"), { complete: true, ...answer }, posted.callbackId);
      this.#note(this.messages, posted);
    });
  }

  tell(name, data, callbackId) {
    this.#worker.postMessage({ name, version: 1, callbackId, data });
  }

  /** Resolves once `seen` holds for what was posted and printed; looks again whenever there is more. */
  until(seen) {
    return new Promise((resolve) => {
      const look = () => seen(this) && resolve(this);
      this.#watchers.push(look);
      look();
    });
  }

  named(name) {
    return this.messages.filter((message) => message.name === name);
  }

  stop() {
    return this.#worker.terminate();
  }

  #note(list, entry) {
    list.push(entry);
    for (const look of this.#watchers) look();
  }
}
