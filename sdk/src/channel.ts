/** One message of the protocol between a plugin and its till. */
export interface Message {
  name: string;
  version?: number;
  callbackId?: string;
  data: unknown;
}

/** How messages reach the till: a worker's own port, the parent of a frame, or a test's fake host. */
export interface HostChannel {
  /** Hands one message to the till. */
  post(message: Message): void;
  /** Calls `receive` with everything the till says; called once. */
  listen(receive: (message: unknown) => void): void;
  /** Calls `report` with script errors that nothing caught; called when the plugin first asks for them. */
  listenToErrors(report: (error: Error) => void): void;
}

/** What a worker's global object offers. */
interface WorkerScope {
  postMessage?: (message: unknown) => void;
  onmessage?: ((event: { data: unknown }) => void) | null;
  onerror?: ((...args: unknown[]) => boolean) | null;
}

/** The till this script runs under, or `undefined` when there is none (a plain browser tab, Node). */
export function findHostChannel(): HostChannel | undefined {
  if (typeof document !== "undefined") return isFramed() ? frameChannel() : undefined;
  const scope = globalThis as WorkerScope;
  return typeof scope.postMessage === "function" ? workerChannel(scope) : undefined;
}

function isFramed(): boolean {
  try {
    return window.self !== window.top;
  } catch {
    // Reading `top` across origins may throw, which only a frame can see.
    return true;
  }
}

function workerChannel(scope: WorkerScope): HostChannel {
  return {
    post: (message) => scope.postMessage?.(message),
    listen(receive) {
      scope.onmessage = (event) => receive(event.data);
    },
    listenToErrors(report) {
      scope.onerror = (...args) => {
        report(errorFromHandler(args));
        return true;
      };
    },
  };
}

function frameChannel(): HostChannel {
  const parent = window.parent;
  const origin = originOfParent();
  return {
    post: (message) => parent.postMessage(message, origin),
    listen(receive) {
      // Any page can post to a frame it holds a handle of; only the till's page is listened to.
      window.addEventListener("message", (event) => {
        if (event.source === parent) receive(event.data);
      });
    },
    listenToErrors(report) {
      window.addEventListener("error", (event) => report(errorFromHandler([event])));
    },
  };
}

/** The page around this frame, so that an order is not posted to whichever page took its place. Not every browser tells. */
function originOfParent(): string {
  const origins = window.location.ancestorOrigins as DOMStringList | undefined;
  const origin = origins?.[0];
  return origin === undefined || origin === "" || origin === "null" ? "*" : origin;
}

/** `onerror` is called with five arguments or with one event, depending on the engine. */
function errorFromHandler(args: unknown[]): Error {
  const [first] = args;
  const thrown = args[4] ?? (isRecord(first) ? first["error"] : undefined);
  if (thrown instanceof Error) return thrown;
  return new Error(isRecord(first) ? String(first["message"]) : String(thrown ?? first));
}

/** Whether `value` is an object whose members may be read. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
