/**
 * The till refused a call. `message` is the till's own sentence.
 *
 * @example
 * try { await posPluginSdk.order.getOrder(id); }
 * catch (error) { if (PosPluginSdkError.isPosPluginSdkError(error)) posPluginSdk.toast.open(error.message); }
 */
export class PosPluginSdkError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PosPluginSdkError";
  }

  /** Whether `error` is a refusal by the till or by the rate limiter. */
  static isPosPluginSdkError(error: unknown): error is PosPluginSdkError {
    return error instanceof PosPluginSdkError;
  }
}

/** The SDK's own rate limiter refused a call; nothing was sent. The message says which window is full and for how long. */
export class PosPluginSdkRateLimitError extends PosPluginSdkError {
  constructor(message: string) {
    super(message);
    this.name = "PosPluginSdkRateLimitError";
  }

  /** Whether `error` came from the rate limiter. */
  static isPosPluginSdkRateLimitError(error: unknown): error is PosPluginSdkRateLimitError {
    return error instanceof PosPluginSdkRateLimitError;
  }
}

/** No answer came in time. Whether the work was done is unknown unless the message says it; reads are safe to repeat, writes are not. */
export class PosPluginSdkTimeoutError extends Error {
  constructor(
    /** Name of the message that was not answered. */
    readonly messageName: string,
    /** How long the call waited. */
    readonly timeoutMs: number,
    /** What the till said of it, when it was the till that ended the wait. */
    readonly told?: string,
  ) {
    super(told ?? `POS가 ${timeoutMs}ms 안에 '${messageName}'에 응답하지 않았습니다 (no answer from the till within ${timeoutMs} ms)`);
    this.name = "PosPluginSdkTimeoutError";
  }
}

/** The text of anything that was thrown, for answers that carry an `errorMessage`. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
