/** So much usually happens at once: an order, its payment, its end. */
const TOGETHER_MS = 300;

/** Something that is done soon after it is asked for, and not again before some time has passed. */
export class Paced {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly everyMs: number,
    private readonly work: () => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Asks for it; what is asked for while it waits is done with it. */
  soon(): void {
    if (this.timer !== undefined) return;
    const waitMs = Math.max(TOGETHER_MS, this.lastMs + this.everyMs - this.nowMs());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.lastMs = this.nowMs();
      this.work();
    }, waitMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
