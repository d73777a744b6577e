// Event targets as browsers have them, and the global scope as one of them.
(function (native, shared) {
  'use strict';
  const scope = globalThis;
  const { define } = shared;
  const target = Symbol('target');
  const stopped = Symbol('stopped');
  const inert = Symbol('inert');
  // What a target does when its listeners have changed.
  const relisten = Symbol('relisten');

  class Event {
    constructor(type, init) {
      if (arguments.length === 0) throw new TypeError('madang: an event needs a type');
      const options = init ?? {};
      this.type = String(type);
      this.bubbles = Boolean(options.bubbles);
      this.cancelable = Boolean(options.cancelable);
      this.composed = Boolean(options.composed);
      this.defaultPrevented = false;
      this.isTrusted = false;
      this.timeStamp = performance.now();
      this[target] = null;
    }
    get target() { return this[target]; }
    get currentTarget() { return this[target]; }
    get srcElement() { return this[target]; }
    get eventPhase() { return this[target] === null ? 0 : 2; }
    get returnValue() { return !this.defaultPrevented; }
    preventDefault() { if (this.cancelable && !this[inert]) this.defaultPrevented = true; }
    stopPropagation() {}
    stopImmediatePropagation() { this[stopped] = true; }
    composedPath() { return this[target] === null ? [] : [this[target]]; }
  }
  for (const [name, value] of [['NONE', 0], ['CAPTURING_PHASE', 1], ['AT_TARGET', 2], ['BUBBLING_PHASE', 3]]) {
    Object.defineProperty(Event, name, { value });
    Object.defineProperty(Event.prototype, name, { value });
  }

  function eventClass(name, fields) {
    const made = {
      [name]: class extends Event {
        constructor(type, init) {
          super(type, init);
          for (const [field, initial] of fields) this[field] = init?.[field] ?? initial;
        }
      },
    }[name];
    return made;
  }
  const CustomEvent = eventClass('CustomEvent', [['detail', null]]);
  // Made for every message that comes in, so without the loop of the others.
  class MessageEvent extends Event {
    constructor(type, init) {
      super(type, init);
      this.data = init?.data ?? null;
      this.origin = init?.origin ?? '';
      this.lastEventId = init?.lastEventId ?? '';
      this.source = init?.source ?? null;
      this.ports = init?.ports ?? [];
    }
  }
  const ErrorEvent = eventClass('ErrorEvent', [['message', ''], ['filename', ''], ['lineno', 0], ['colno', 0], ['error', undefined]]);
  const PromiseRejectionEvent = eventClass('PromiseRejectionEvent', [['promise', undefined], ['reason', undefined]]);
  const CloseEvent = eventClass('CloseEvent', [['wasClean', false], ['code', 0], ['reason', '']]);

  const registered = new WeakMap();

  function listenersOf(owner, type) {
    let types = registered.get(owner);
    if (types === undefined) registered.set(owner, (types = new Map()));
    let list = types.get(type);
    if (list === undefined) types.set(type, (list = []));
    return list;
  }

  function add(owner, type, callback, options) {
    if (callback === null || callback === undefined) return;
    if (typeof callback !== 'function' && typeof callback !== 'object') throw new TypeError('madang: a listener is a function or an object');
    const capture = typeof options === 'boolean' ? options : Boolean(options?.capture);
    const signal = typeof options === 'object' && options !== null ? options.signal : undefined;
    if (signal?.aborted) return;
    const list = listenersOf(owner, String(type));
    if (list.some((entry) => entry.callback === callback && entry.capture === capture)) return;
    const entry = { callback, capture, once: Boolean(options?.once), passive: Boolean(options?.passive), removed: false, letGo: undefined };
    list.push(entry);
    owner[relisten]?.();
    if (!signal) return;
    const end = () => drop(owner, list, entry);
    signal.addEventListener('abort', end, { once: true });
    entry.letGo = () => signal.removeEventListener('abort', end);
  }

  function drop(owner, list, entry) {
    if (entry.removed) return;
    entry.removed = true;
    const index = list.indexOf(entry);
    if (index >= 0) list.splice(index, 1);
    entry.letGo?.();
    owner[relisten]?.();
  }

  function remove(owner, type, callback, options) {
    const capture = typeof options === 'boolean' ? options : Boolean(options?.capture);
    const list = listenersOf(owner, String(type));
    const entry = list.find((entry) => entry.callback === callback && entry.capture === capture);
    if (entry !== undefined) drop(owner, list, entry);
  }

  // A listener that throws is reported and the next one still runs.
  function callGuarded(work) {
    try {
      return work();
    } catch (error) {
      queueMicrotask(() => { throw error; });
    }
  }

  function dispatch(owner, event, handlerName) {
    if (!(event instanceof Event)) throw new TypeError('madang: only an Event can be dispatched');
    event[target] = owner;
    const handler = handlerName === undefined ? undefined : owner[handlerName];
    if (typeof handler === 'function') callGuarded(() => handler.call(owner, event));
    const list = registered.get(owner)?.get(event.type);
    if (list !== undefined) {
      for (const entry of list.slice()) {
        if (event[stopped]) break;
        if (entry.removed) continue;
        if (entry.once) drop(owner, list, entry);
        event[inert] = entry.passive;
        callGuarded(() => typeof entry.callback === 'function'
          ? entry.callback.call(owner, event)
          : entry.callback.handleEvent(event));
        event[inert] = false;
      }
    }
    return !event.defaultPrevented;
  }

  const isScope = (owner) => owner === undefined || owner === null || owner === scope;

  class EventTarget {
    addEventListener(type, callback, options) { add(this, type, callback, options); }
    removeEventListener(type, callback, options) { remove(this, type, callback, options); }
    dispatchEvent(event) { return dispatch(this, event, `on${event?.type}`); }
  }

  // 24 days: what a timer counts.
  const TIMER_MS_MAX = 2 ** 31 - 1;
  let aborts = 0;
  let abort;

  // A signal made of others asks them whether it is aborted, and hangs on them only while somebody listens to it: what nobody
  // listens to any more is let go of, however long the others live.
  class AbortSignal extends EventTarget {
    #order = 0;
    #reason;
    #handler = null;
    #sources = [];
    #followers = new Set();
    get onabort() { return this.#handler; }
    set onabort(handler) {
      this.#handler = typeof handler === 'function' ? handler : null;
      this[relisten]();
    }
    get aborted() { return this.#first() !== undefined; }
    get reason() { return this.#first()?.#reason; }
    throwIfAborted() { if (this.aborted) throw this.reason; }
    static abort(reason) {
      const signal = new AbortSignal();
      abort(signal, reason);
      return signal;
    }
    // Not as `setTimeout` takes a delay, which calls too long a one none at all.
    static timeout(delay) {
      const delayMs = Math.trunc(Number(delay));
      if (!(delayMs >= 0 && delayMs <= Number.MAX_SAFE_INTEGER)) throw new TypeError('madang: a timeout is a number of milliseconds from 0 to 2^53 - 1');
      const signal = new AbortSignal();
      setTimeout(() => abort(signal, new DOMException('madang: the time is over', 'TimeoutError')), Math.min(delayMs, TIMER_MS_MAX));
      return signal;
    }
    static any(signals) {
      const signal = new AbortSignal();
      const sources = new Set();
      for (const source of signals) {
        if (!(source instanceof AbortSignal)) throw new TypeError('madang: AbortSignal.any takes AbortSignals');
        if (source.#sources.length === 0) sources.add(source);
        else source.#sources.forEach((one) => sources.add(one));
      }
      signal.#sources = [...sources];
      signal.#settle();
      return signal;
    }
    // The signal whose abort this one has: its own, or the first of its sources'.
    #first() {
      if (this.#order > 0) return this;
      let first;
      for (const source of this.#sources) {
        if (source.#order > 0 && (first === undefined || source.#order < first.#order)) first = source;
      }
      return first;
    }
    #settle() {
      const first = this.#first();
      if (first === undefined) return false;
      this.#order = first.#order;
      this.#reason = first.#reason;
      for (const source of this.#sources) source.#followers.delete(this);
      this.#sources = [];
      return true;
    }
    [relisten]() {
      if (this.#sources.length === 0 || this.aborted) return;
      const isHeard = this.#handler !== null || listenersOf(this, 'abort').length > 0;
      for (const source of this.#sources) {
        if (isHeard) source.#followers.add(this);
        else source.#followers.delete(this);
      }
    }
    static {
      abort = (signal, reason) => {
        if (signal.aborted) return;
        signal.#order = aborts += 1;
        signal.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
        const told = [signal, ...signal.#followers].filter((each) => each === signal || each.#settle());
        signal.#followers.clear();
        for (const each of told) dispatch(each, new Event('abort'), 'onabort');
      };
    }
  }

  class AbortController {
    constructor() { Object.defineProperty(this, 'signal', { value: new AbortSignal(), enumerable: true }); }
    abort(reason) { abort(this.signal, reason); }
  }

  for (const [name, value] of Object.entries({
    Event, EventTarget, CustomEvent, MessageEvent, ErrorEvent, PromiseRejectionEvent, CloseEvent, AbortController, AbortSignal,
  })) define(name, value);
  define('addEventListener', function addEventListener(type, callback, options) { add(isScope(this) ? scope : this, type, callback, options); });
  define('removeEventListener', function removeEventListener(type, callback, options) { remove(isScope(this) ? scope : this, type, callback, options); });
  define('dispatchEvent', function dispatchEvent(event) { return dispatch(isScope(this) ? scope : this, event, `on${event?.type}`); });
  define('reportError', function reportError(error) { queueMicrotask(() => { throw error; }); });

  shared.messageEvent = (data) => new MessageEvent('message', { data });
  shared.dispatchToScope = (event, handlerName) => dispatch(scope, event, handlerName);

  // A handler that throws while an error is reported must not start the report again.
  function quietly(work) {
    try {
      return work();
    } catch {
      return undefined;
    }
  }

  function tellScope(event, tellHandler) {
    event[target] = scope;
    if (quietly(tellHandler) === true) event.preventDefault();
    for (const entry of (registered.get(scope)?.get(event.type) ?? []).slice()) {
      if (entry.removed || typeof entry.callback !== 'function') continue;
      quietly(() => entry.callback.call(scope, event));
    }
    return event.defaultPrevented;
  }

  shared.reportToScope = (error, message) => {
    const event = new ErrorEvent('error', { message, error, cancelable: true });
    return tellScope(event, () => typeof scope.onerror === 'function' && scope.onerror(message, '', 0, 0, error));
  };
  shared.rejectionToScope = (promise, reason) => {
    const event = new PromiseRejectionEvent('unhandledrejection', { promise, reason, cancelable: true });
    return tellScope(event, () => {
      if (typeof scope.onunhandledrejection === 'function') scope.onunhandledrejection(event);
      return false;
    });
  };
})
