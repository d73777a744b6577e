import { createCallbackId } from "./callback-id.js";
import { isRecord, type HostChannel, type Message } from "./channel.js";
import { messageOf, PosPluginSdkError, PosPluginSdkTimeoutError } from "./errors.js";
import { RateLimiter } from "./rate-limit.js";

/** How long a call waits for the till's answer when it does not say otherwise. */
export const TIMEOUT_MS_DEFAULT = 30_000;
/** The longest that a timer of JavaScript counts; a longer one fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** Pauses before the further tries of a call that may be repeated safely. */
const RETRY_PAUSES_MS = [0, 1_000, 2_000];

/** What the till answered, or what it told, as an object whose members are not checked yet. */
export type Data = Record<string, unknown>;

/** How one request is sent. */
export interface RequestOptions {
  /** Time to wait for the answer in milliseconds, 30,000 unless given. */
  timeoutMs?: number;
  /** How much longer than `timeoutMs` the till has to answer, which is told to wait that long itself. */
  graceMs?: number;
  /** Ask again when no answer came: only for calls that do nothing the second time. */
  retry?: boolean;
  /** Name of the method to count against the rate limit; uncounted when missing. */
  limitedAs?: string;
}

type EventHandler = (data: Data) => void;
/** Answers a request of the till; `undefined` stays silent and lets the till take its default. */
type AskHandler = (data: Data) => Promise<Data | undefined> | undefined;

/** Pairs requests with answers and hands the till's messages to their one handler each. */
export class Client {
  readonly #channel: HostChannel | undefined;
  readonly #waiting = new Map<string, (answer: Data) => void>();
  readonly #events = new Map<string, EventHandler>();
  readonly #asks = new Map<string, AskHandler>();
  readonly #limiter = new RateLimiter();
  #errorListeners: ((error: Error) => void)[] | undefined;

  constructor(channel: HostChannel | undefined) {
    this.#channel = channel;
    channel?.listen((message) => this.#receive(message));
  }

  /** Whether a till listens at all. */
  get connected(): boolean {
    return this.#channel !== undefined;
  }

  /** Sends `<name>` with a new callback id and gives the answer's data; rejects when the till refuses or stays silent. */
  async request(name: string, data: Data, options: RequestOptions = {}): Promise<Data> {
    if (options.limitedAs !== undefined) this.#limiter.admit(options.limitedAs);
    const timeoutMs = waitMs(options.timeoutMs ?? TIMEOUT_MS_DEFAULT);
    const pauses = options.retry === true ? [...RETRY_PAUSES_MS] : [];
    for (;;) {
      try {
        return await this.#ask(name, data, timeoutMs, options.graceMs ?? 0);
      } catch (error) {
        const pauseMs = pauses.shift();
        if (!(error instanceof PosPluginSdkTimeoutError) || pauseMs === undefined) throw error;
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** Sends a message that is never answered. */
  send(name: string, data: unknown, version = 1): void {
    this.#post({ name, version, data });
  }

  /** Installs the one handler of an event. */
  onEvent(name: string, handler: EventHandler): void {
    this.#events.set(name, handler);
  }

  /** Installs the one handler of a request that the till makes; `name` is without `.request`. */
  onAsk(name: string, handler: AskHandler): void {
    this.#asks.set(name, handler);
  }

  /** Adds a listener for script errors. Until there is one, they are left to the till, which reports them. */
  onScriptError(listener: (error: Error) => void): void {
    if (this.#errorListeners === undefined) {
      const listeners: ((error: Error) => void)[] = [];
      this.#errorListeners = listeners;
      this.#channel?.listenToErrors((error) => callEach(listeners, (call) => call(error)));
    }
    this.#errorListeners.push(listener);
  }

  #post(message: Message): void {
    if (this.#channel === undefined) {
      throw new PosPluginSdkError(
        `'${message.name}': POS 안에서 실행되고 있지 않습니다. \`madang dev\`로 실행하세요 (no till is listening: run the plugin with \`madang dev\`)`,
      );
    }
    this.#channel.post(message);
  }

  #ask(name: string, data: Data, timeoutMs: number, graceMs: number): Promise<Data> {
    const callbackId = createCallbackId();
    return new Promise<Data>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(callbackId);
        reject(new PosPluginSdkTimeoutError(name, timeoutMs));
      }, Math.min(timeoutMs + graceMs, TIMER_MS_MAX));
      const forget = () => {
        this.#waiting.delete(callbackId);
        clearTimeout(timer);
      };
      this.#waiting.set(callbackId, (answer) => {
        forget();
        if (answer["complete"] === false) reject(refusal(name, answer, timeoutMs));
        else resolve(answer);
      });
      try {
        this.#post({ name, version: 1, callbackId, data });
      } catch (error) {
        // Not posted (no till, or data that cannot be copied): nobody will answer.
        forget();
        throw error;
      }
    });
  }

  #receive(message: unknown): void {
    if (!isRecord(message) || typeof message["name"] !== "string") return;
    const { name, callbackId } = message;
    const data = isRecord(message["data"]) ? message["data"] : {};
    if (typeof callbackId !== "string") {
      this.#events.get(name)?.(data);
    } else if (name.endsWith(".request")) {
      void this.#answer(name.slice(0, -".request".length), callbackId, data);
    } else {
      this.#waiting.get(callbackId)?.(data);
    }
  }

  async #answer(name: string, callbackId: string, data: Data): Promise<void> {
    const answer = await this.#answerTo(name, data);
    if (answer !== undefined) this.#post({ name: `${name}.response`, version: 1, callbackId, data: answer });
  }

  async #answerTo(name: string, data: Data): Promise<Data | undefined> {
    const handler = this.#asks.get(name);
    if (handler === undefined) return { complete: false, errorMessage: `'${name}.request' is not known to this plugin's SDK` };
    try {
      return await handler(data);
    } catch (error) {
      return { complete: false, errorMessage: messageOf(error) };
    }
  }
}

/** A wait that a timer can count: `Infinity` is as long as there is. Refuses what is no time before anything is sent. */
export function waitMs(given: unknown): number {
  if (typeof given === "number" && given >= 1) return Math.min(given, TIMER_MS_MAX);
  const told = typeof given === "string" ? JSON.stringify(given) : String(given);
  throw new PosPluginSdkError(`timeoutMs: 1 이상의 밀리초를 숫자로 써 주세요. ${told}은(는) 쓸 수 없습니다 (a number of at least 1 ms is expected)`);
}

function refusal(name: string, answer: Data, timeoutMs: number): Error {
  const text = refusalText(name, answer);
  return answer["timedOut"] === true ? new PosPluginSdkTimeoutError(name, timeoutMs, text) : new PosPluginSdkError(text);
}

function refusalText(name: string, answer: Data): string {
  const text = answer["errorMessage"];
  return typeof text === "string" && text !== "" ? text : `'${name}' was refused without a reason`;
}

/** Calls every listener even when one throws; the first error is thrown afterwards, so that the till reports it. */
export function callEach<L>(listeners: Iterable<L>, call: (listener: L) => void): void {
  const thrown: unknown[] = [];
  for (const listener of [...listeners]) {
    try {
      call(listener);
    } catch (error) {
      thrown.push(error);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}

/** One handler per event of a namespace: registering again replaces. */
export class Handlers<H> {
  readonly #handlers = new Map<string, H>();

  /** Makes `handler` the one for `event`. */
  set(event: string, handler: H): void {
    this.#handlers.set(event, handler);
  }

  /** The handler of the event that a message names. */
  of(event: unknown): H | undefined {
    return typeof event === "string" ? this.#handlers.get(event) : undefined;
  }
}

/** A member of an object that the till sent, one or more steps down; `undefined` where a step is missing. */
export function pick(data: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((value, member) => (isRecord(value) ? value[member] : undefined), data);
}
