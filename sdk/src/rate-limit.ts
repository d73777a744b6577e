import { PosPluginSdkRateLimitError } from "./errors.js";

/** Both windows slide and are counted per method; they are the ones shops' tills are known to enforce. */
const WINDOWS = [
  { calls: 100, spanMs: 60_000 },
  { calls: 200, spanMs: 30 * 60_000 },
];
const SPAN_MS_MAX = Math.max(...WINDOWS.map((window) => window.spanMs));

/** Refuses a method that was called too often, before anything is sent. */
export class RateLimiter {
  readonly #calls = new Map<string, number[]>();

  /** Counts one call of `method`; throws {@link PosPluginSdkRateLimitError} when a window is full. */
  admit(method: string): void {
    const now = performance.now();
    const recent = (this.#calls.get(method) ?? []).filter((at) => now - at < SPAN_MS_MAX);
    this.#calls.set(method, recent);
    for (const window of WINDOWS) refuseIfFull(method, recent, window, now);
    recent.push(now);
  }
}

function refuseIfFull(method: string, recent: number[], window: (typeof WINDOWS)[number], now: number): void {
  const oldestCounted = recent.at(-window.calls);
  if (oldestCounted === undefined) return;
  const freeInMs = oldestCounted + window.spanMs - now;
  if (freeInMs <= 0) return;
  throw new PosPluginSdkRateLimitError(
    `${method}: ${window.spanMs / 1000}초에 ${window.calls}번까지 부를 수 있습니다. ${Math.ceil(freeInMs / 1000)}초 뒤에 다시 부르세요 ` +
      `(at most ${window.calls} calls in ${window.spanMs / 1000} s; try again in ${Math.ceil(freeInMs / 1000)} s)`,
  );
}
