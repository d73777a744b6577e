// What every worker has from its first line: the global scope itself, messages, and the doors behind which the
// larger globals are loaded when they are first touched.
(function (native) {
  'use strict';
  const scope = globalThis;
  const shared = { native };
  const loaded = new Set();

  function define(name, value, enumerable = false) {
    Object.defineProperty(scope, name, { value, writable: true, configurable: true, enumerable });
  }
  shared.define = define;

  shared.use = function use(part) {
    if (loaded.has(part)) return;
    loaded.add(part);
    native.load(part)(native, shared);
  };

  function onFirstTouch(part, names) {
    for (const name of names) {
      Object.defineProperty(scope, name, {
        get() {
          shared.use(part);
          return scope[name];
        },
        set(value) {
          define(name, value);
        },
        configurable: true,
        enumerable: false,
      });
    }
  }

  // The engine asks this object at everything that is thrown, which charges the turn for it; a plugin sees the number.
  Error.stackTraceLimit = native.traceLimit;
  Object.defineProperty(Error, 'stackTraceLimit', {
    get: () => native.traceFramesMax(),
    set(frames) {
      native.setTraceFramesMax(Number(frames));
    },
    configurable: true,
    enumerable: false,
  });

  define('self', scope, true);
  define('onmessage', null, true);
  define('onmessageerror', null, true);
  define('onerror', null, true);
  define('onunhandledrejection', null, true);
  define('name', '', true);
  shared.use('replaced');

  onFirstTouch('events', [
    'Event', 'EventTarget', 'CustomEvent', 'MessageEvent', 'ErrorEvent', 'PromiseRejectionEvent', 'CloseEvent',
    'AbortController', 'AbortSignal', 'addEventListener', 'removeEventListener', 'dispatchEvent', 'reportError',
  ]);
  onFirstTouch('console', ['console']);
  onFirstTouch('url', ['URL', 'URLSearchParams']);
  onFirstTouch('text', ['TextEncoder', 'TextDecoder']);
  onFirstTouch('clone', ['structuredClone']);
  onFirstTouch('crypto', ['crypto', 'Crypto', 'CryptoKey', 'SubtleCrypto']);
  onFirstTouch('intl', ['Intl']);
  onFirstTouch('blob', ['Blob', 'File']);
  onFirstTouch('form', ['FormData']);
  onFirstTouch('streams', ['ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamDefaultController']);
  onFirstTouch('fetch', ['fetch', 'Headers', 'Request', 'Response']);
  onFirstTouch('websocket', ['WebSocket']);
  onFirstTouch('web', ['navigator']);
  onFirstTouch('process', ['process']);

  // What prints for people goes through Intl, which the engine does not have.
  function throughIntl(prototype, name, kind) {
    const value = {
      [name](...values) {
        shared.use('intl');
        return shared.toLocale[kind](this, ...values);
      },
    }[name];
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  }
  throughIntl(Number.prototype, 'toLocaleString', 'number');
  throughIntl(BigInt.prototype, 'toLocaleString', 'number');
  throughIntl(Date.prototype, 'toLocaleString', 'date');
  throughIntl(Date.prototype, 'toLocaleDateString', 'dateOnly');
  throughIntl(Date.prototype, 'toLocaleTimeString', 'timeOnly');
  throughIntl(String.prototype, 'localeCompare', 'compare');

  // A plugin may put its own version in its place; messages must not change with it.
  const stringify = JSON.stringify;

  function refuseWhatIsNotJson(key, value) {
    const type = typeof value;
    if (type === 'string' || type === 'object' || type === 'number' || type === 'boolean' || type === 'undefined') return value;
    const at = key === '' ? 'the message' : `"${key}" of the message`;
    throw new DOMException(`madang: ${at} is a ${type}, which cannot be sent`, 'DataCloneError');
  }

  function hasCycle(value, above) {
    if (typeof value !== 'object' || value === null) return false;
    if (above.has(value)) return true;
    above.add(value);
    for (const key of Object.keys(value)) if (hasCycle(value[key], above)) return true;
    above.delete(value);
    return false;
  }

  function toJson(message) {
    try {
      return stringify(message, refuseWhatIsNotJson);
    } catch (error) {
      if (error instanceof TypeError && hasCycle(message, new Set())) {
        throw new DOMException('madang: the message refers back to itself and cannot be sent', 'DataCloneError');
      }
      throw error;
    }
  }

  define('postMessage', function postMessage(message) {
    if (!native.post(message)) native.postText(toJson(message) ?? 'null');
  }, true);
  define('close', function close() {}, true);

  // What the state machine calls. Only what the plugin listens for is built.
  return {
    deliver(data) {
      if (shared.takes?.(data)) return;
      shared.use('events');
      shared.dispatchToScope(shared.messageEvent(data), 'onmessage');
    },
    fire: shared.fire,
    // Tells the plugin's own handlers; returns [handled, message, stack] for the report.
    reportError(error) {
      shared.use('console');
      shared.use('events');
      const [message, stack] = shared.describe(error);
      return [shared.reportToScope(error, message), message, stack];
    },
    reportRejection(promise, reason) {
      shared.use('console');
      shared.use('events');
      const [message, stack] = shared.describe(reason);
      return [shared.rejectionToScope(promise, reason), message, stack];
    },
    watchEntry(promise) {
      promise.then(undefined, (error) => queueMicrotask(() => { throw error; }));
    },
  };
})
