import { Client, Problem, Unreached } from './client';

/** Something that must be done once, however often it is sent. */
export interface Operation {
  /** What the cashier did, as `checkout:<cart>`; while it is not answered, doing it again is the same operation. */
  slot: string;
  path: string;
  body?: unknown;
}

interface Kept extends Operation {
  key: string;
}

/** Where a tab keeps what it has not been answered, so that a reload does not lose the keys. */
const SLOT = 'madang.operations';
/** A repeat of something that is being done is asked for again after this long. */
const IN_FLIGHT_PAUSE_MS = 400;

/**
 * Sends operations under a key that is kept until they are answered. When the connection is lost in between, the same operation
 * goes out again with the same key as soon as the till is back: the till then tells what became of it and does nothing twice.
 */
export class Operations {
  private readonly waiting = new Map<string, Promise<unknown>>();

  constructor(
    private readonly client: Client,
    private readonly untilReached: () => Promise<void>,
    private readonly store: Pick<Storage, 'getItem' | 'setItem'>,
    private readonly newKey: () => string = () => crypto.randomUUID(),
    private readonly pause: (ms: number) => Promise<void> = (ms) => new Promise((done) => setTimeout(done, ms)),
  ) {}

  /** Does it once. The same slot pressed again while it is under way joins the first press. */
  perform<Answer>(operation: Operation): Promise<Answer> {
    const underWay = this.waiting.get(operation.slot);
    if (underWay !== undefined) return underWay as Promise<Answer>;
    const kept = this.keep(operation);
    const answer = this.sendUntilAnswered<Answer>(kept).finally(() => this.waiting.delete(operation.slot));
    this.waiting.set(operation.slot, answer);
    return answer;
  }

  /** What a tab had sent and was not answered before it was reloaded. */
  unanswered(): Operation[] {
    return this.read().map(({ slot, path, body }) => ({ slot, path, body }));
  }

  private async sendUntilAnswered<Answer>(kept: Kept): Promise<Answer> {
    for (;;) {
      try {
        const answer = await this.client.ask<Answer>(kept.path, { method: 'POST', body: kept.body, key: kept.key });
        this.forget(kept.slot);
        return answer;
      } catch (error) {
        if (error instanceof Unreached) await this.untilReached();
        else if (error instanceof Problem && error.code === 'in-flight') await this.pause(IN_FLIGHT_PAUSE_MS);
        else {
          // A refusal is final. At 500 and above it is not known what became of it: the key stays for the next press.
          if (!(error instanceof Problem) || error.status < 500) this.forget(kept.slot);
          throw error;
        }
      }
    }
  }

  private keep(operation: Operation): Kept {
    const kept = this.read();
    const before = kept.find((one) => one.slot === operation.slot);
    if (before !== undefined && isSame(before, operation)) return before;
    const fresh: Kept = { ...operation, key: this.newKey() };
    this.write([...kept.filter((one) => one.slot !== operation.slot), fresh]);
    return fresh;
  }

  private forget(slot: string): void {
    this.write(this.read().filter((one) => one.slot !== slot));
  }

  private read(): Kept[] {
    try {
      const kept: unknown = JSON.parse(this.store.getItem(SLOT) ?? '[]');
      return Array.isArray(kept) ? (kept as Kept[]) : [];
    } catch {
      return [];
    }
  }

  private write(kept: Kept[]): void {
    this.store.setItem(SLOT, JSON.stringify(kept));
  }
}

function isSame(one: Operation, other: Operation): boolean {
  return one.path === other.path && JSON.stringify(one.body) === JSON.stringify(other.body);
}
