import { Client, Problem } from './client';
import { StreamParser } from './sse';
import type { StreamUpdate } from './types';

/** How the live stream stands. */
export type Link = 'connecting' | 'open' | 'lost' | 'refused';

/** What the stream tells its owner. */
export interface LiveOwner {
  /** The link changed. */
  onLink(link: Link): void;
  /** Something changed at the till. */
  onUpdate(update: StreamUpdate): void;
  /** Everything must be fetched anew: the first connection, another start of the till, or too much was missed. */
  onReset(): void;
}

/** Waits between attempts: quick at first, then calm; a till on the same machine is back within a second or two. */
const PAUSES_MS = [250, 500, 1_000, 2_000, 3_000];
/** The till says something at least every 15 s; silence for longer means that the connection is dead. */
const SILENCE_MS_MAX = 40_000;

/** Follows the till's stream, and goes on after the last event that was read when the connection was lost. */
export class Live {
  private last: string | undefined;
  private epoch: string | undefined;
  private failures = 0;
  private stopped = false;
  private current: AbortController | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly client: Pick<Client, 'stream'>,
    private readonly owner: LiveOwner,
    private readonly pauses: readonly number[] = PAUSES_MS,
  ) {}

  /** Follows until it is stopped or the till refuses the key. */
  async run(): Promise<void> {
    this.owner.onLink('connecting');
    while (!this.stopped) {
      try {
        await this.follow();
      } catch (error) {
        if (error instanceof Problem && (error.status === 401 || error.status === 403)) {
          this.owner.onLink('refused');
          return;
        }
      }
      if (this.stopped) return;
      this.owner.onLink('lost');
      await this.rest();
    }
  }

  stop(): void {
    this.stopped = true;
    this.current?.abort();
    this.wake?.();
  }

  /** Tries now instead of at the end of the pause. */
  retry(): void {
    this.failures = 0;
    this.wake?.();
  }

  private async follow(): Promise<void> {
    const abort = new AbortController();
    this.current = abort;
    const response = await this.client.stream(this.last, abort.signal);
    if (response.body === null) throw new Error('the stream has no body');
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new StreamParser();
    let silence = setTimeout(() => abort.abort(), SILENCE_MS_MAX);
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), SILENCE_MS_MAX);
        for (const event of parser.push(value)) {
          this.take(event.event, event.data);
          if (event.id !== undefined) this.last = event.id;
        }
      }
    } finally {
      clearTimeout(silence);
      abort.abort();
    }
  }

  private take(name: string, data: string): void {
    const update = readUpdate(name, data);
    if (update === undefined) return;
    if (update.event === 'hello' || update.event === 'reset') {
      this.failures = 0;
      const isOther = update.event === 'reset' || this.epoch !== update.data.epoch;
      this.epoch = update.data.epoch;
      this.owner.onLink('open');
      if (isOther) this.owner.onReset();
      return;
    }
    this.owner.onUpdate(update);
  }

  private rest(): Promise<void> {
    const ms = this.pauses[Math.min(this.failures, this.pauses.length - 1)] ?? 0;
    this.failures += 1;
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}

/** Every event that the description has: one that is missing here does not compile. */
const known: Record<StreamUpdate['event'], true> = {
  hello: true, reset: true, cart: true, 'held-carts': true, order: true, item: true, catalog: true, terminal: true, attempt: true, plugin: true, 'plugin-gone': true,
  timeline: true, toast: true, 'toast-closed': true, settings: true, upstreams: true, network: true, aside: true,
};

/** An event's data as the till describes it. An unknown event is left out: a newer till may say more than this page knows. */
export function readUpdate(name: string, data: string): StreamUpdate | undefined {
  if (!Object.hasOwn(known, name)) return undefined;
  const body = JSON.parse(data) as Partial<StreamUpdate>;
  return body.event === name && 'data' in body ? (body as StreamUpdate) : undefined;
}
