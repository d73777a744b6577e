// The server's own word on what reached it, over a connection beside those that are measured.

import { Agent, get } from "node:http";
import { setTimeout } from "node:timers/promises";

export class Watcher {
  constructor(origin) {
    this.origin = origin;
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** How many requests of each kind have arrived. */
  async counts() {
    return JSON.parse(await this.ask("/watch/counts"));
  }

  async untilArrived(kind, count) {
    while (((await this.counts())[kind] ?? 0) < count) await setTimeout(2);
  }

  /** Waits until a call that is never answered is there. */
  async untilBegun(name) {
    await this.ask(`/watch/begun/${name}`);
  }

  /** Waits until its connection is closed; when that was, by the clock of the machine. */
  async closedNs(name) {
    return BigInt(await this.ask(`/watch/closed/${name}`));
  }

  ask(path) {
    return new Promise((resolve, reject) => {
      const request = get(`${this.origin}${path}`, { agent: this.agent }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece) => (text += piece));
        response.on("end", () => resolve(text));
        response.on("error", reject);
      });
      request.on("error", reject);
    });
  }
}
