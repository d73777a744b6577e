import type { Cart, Line, Shop } from '../api/types';
import { afterTap, lineOfAnswer, renamed, type Tap } from './cart';

/** Where taps go and what they paint. */
export interface TapsOwner {
  /** Sends one tap; answers with the whole cart. */
  send(tap: Tap): Promise<Cart>;
  /** Reads the cart anew. */
  read(): Promise<Cart>;
  /** Paints the cart as it is or will most likely be. */
  paint(cart: Cart): void;
  /** A line got its real name. */
  onRenamed(from: string, to: string): void;
  /** The till refused a tap, or could not be reached: what was painted for it is taken back. */
  onFailed(error: unknown, tap: Tap): void;
  shop(): Shop | undefined;
}

/** The most taps that wait; a hand that is this far ahead of the till is told to wait. */
const WAITING_MAX = 200;

/**
 * Taps on the cart: each is painted at once and sent in its order, one at a time. The till's answer replaces what was painted
 * for it; what waits behind it is painted on top again.
 */
export class Taps {
  private base: Cart | undefined;
  private shown: Cart | undefined;
  private waiting: Tap[] = [];
  private sending = false;
  private missed = false;

  constructor(private readonly owner: TapsOwner) {}

  /** Takes a tap; false when too many wait. */
  take(tap: Tap): boolean {
    const shop = this.owner.shop();
    if (this.shown === undefined || shop === undefined || this.waiting.length >= WAITING_MAX) return false;
    this.waiting.push(tap);
    this.show(afterTap(this.shown, tap, shop));
    void this.drain();
    return true;
  }

  /** The till says what the cart is. While taps are under way their answers are newer, so it is read again at the end. */
  settle(cart: Cart): void {
    if (this.sending) {
      this.missed = true;
      return;
    }
    this.base = cart;
    this.repaint();
  }

  /** Resolves when every tap was answered. */
  async quiet(): Promise<void> {
    while (this.sending || this.waiting.length > 0) await new Promise((done) => setTimeout(done, 5));
  }

  private async drain(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let tap = this.waiting[0]; tap !== undefined; tap = this.waiting[0]) await this.sendFirst(tap);
    } finally {
      this.sending = false;
    }
    if (!this.missed) return;
    this.missed = false;
    await this.owner.read().then(
      (cart) => this.settle(cart),
      () => undefined,
    );
  }

  private async sendFirst(tap: Tap): Promise<void> {
    try {
      const answer = await this.owner.send(tap);
      this.waiting.shift();
      if (tap.do === 'add') this.rename(tap, answer);
      this.base = answer;
    } catch (error) {
      this.waiting.shift();
      // Taps on a line that never came to be would only be refused one by one.
      if (tap.do === 'add') this.waiting = this.waiting.filter((later) => !('key' in later && later.key === tap.localKey));
      this.missed = true;
      this.owner.onFailed(error, tap);
    }
    this.repaint();
  }

  private rename(tap: Extract<Tap, { do: 'add' }>, answer: Cart): void {
    const shop = this.owner.shop();
    const key = shop && this.base && lineOfAnswer(this.base, answer, tap, shop);
    if (key === undefined || key === tap.localKey) return;
    this.waiting = this.waiting.map((later) => renamed(later, tap.localKey, key));
    this.owner.onRenamed(tap.localKey, key);
  }

  private repaint(): void {
    const shop = this.owner.shop();
    if (this.base === undefined) return;
    this.show(shop === undefined ? this.base : this.waiting.reduce((cart, tap) => afterTap(cart, tap, shop), this.base));
  }

  private show(cart: Cart): void {
    this.shown = this.shown === undefined ? cart : sharing(this.shown, cart);
    this.owner.paint(this.shown);
  }
}

/** The new cart with the old one's unchanged lines, so that only rows that differ are drawn again. */
export function sharing(before: Cart, now: Cart): Cart {
  const byKey = new Map<string, Line>(before.lines.map((line) => [line.key, line]));
  const lines = now.lines.map((line) => {
    const old = byKey.get(line.key);
    return old !== undefined && (old === line || JSON.stringify(old) === JSON.stringify(line)) ? old : line;
  });
  return { ...now, lines };
}
