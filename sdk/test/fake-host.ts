import { vi } from "vitest";
import type { HostChannel, Message } from "../src/channel.js";
import { createSdk } from "../src/sdk.js";

/** A till that writes down what it is told and says what the test tells it to. */
export class FakeHost implements HostChannel {
  readonly heard: Message[] = [];
  #say: (message: unknown) => void = () => undefined;
  #report: ((error: Error) => void) | undefined;

  post(message: Message): void {
    this.heard.push(structuredClone(message));
  }

  listen(receive: (message: unknown) => void): void {
    this.#say = receive;
  }

  listenToErrors(report: (error: Error) => void): void {
    this.#report = report;
  }

  /** Messages named so, in the order they came. */
  named(name: string): Message[] {
    return this.heard.filter((message) => message.name === name);
  }

  /** The newest message named so. */
  last(name: string): Message {
    const message = this.named(name).at(-1);
    if (message === undefined) throw new Error(`no '${name}' among ${this.heard.map((each) => each.name).join(", ")}`);
    return message;
  }

  /** Answers the newest message named so. */
  answer(name: string, data: object): void {
    this.tell({ name: name.replace(/\.request$/, ".response"), version: 1, callbackId: this.last(name).callbackId, data });
  }

  /** Tells the plugin of an event. */
  event(name: string, data: object): void {
    this.tell({ name, version: 1, data });
  }

  /** Asks the plugin and gives the answer it posts. */
  async ask(name: string, data: object): Promise<Message | undefined> {
    const callbackId = `ask${this.heard.length}`;
    this.tell({ name: `${name}.request`, version: 1, callbackId, data });
    await settle();
    return this.heard.find((message) => message.callbackId === callbackId);
  }

  /** Says anything at all. */
  tell(message: unknown): void {
    this.#say(message);
  }

  /** Reports a script error, as a worker's scope does. */
  scriptError(error: Error): boolean {
    this.#report?.(error);
    return this.#report !== undefined;
  }
}

/** The SDK over a fake till that has answered its first message. */
export function withHost() {
  const host = new FakeHost();
  const sdk = createSdk(host);
  host.answer("plugin.info.request", { complete: true, name: "stamp-card", version: "1.2.3" });
  return { host, ...sdk };
}

/** Lets every promise that can go on go on; time does not pass. */
export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}
