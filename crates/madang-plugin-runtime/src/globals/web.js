// What bundles look for while they load. The network ones exist and say plainly what to use instead.
// There is no XMLHttpRequest: libraries that find none take fetch, which is the door that will open.
(function (native, shared) {
  'use strict';
  const scope = globalThis;
  const { define } = shared;
  const closed = (what) => `madang: ${what} is not opened yet; use posPluginSdk.http or posPluginSdk.websocket`;
  shared.use('text');
  shared.use('events');

  class Headers {
    #entries = new Map();
    constructor(init) {
      if (init === undefined || init === null) return;
      const pairs = typeof init[Symbol.iterator] === 'function' ? init : Object.entries(init);
      for (const [name, value] of pairs) this.append(name, value);
    }
    static #key(name) {
      const key = String(name).toLowerCase();
      if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(key)) throw new TypeError(`madang: "${name}" is not a header name`);
      return key;
    }
    static #text(value) {
      const text = String(value).trim();
      if (/[\0\r\n]/.test(text)) throw new TypeError('madang: a header value is one line');
      return text;
    }
    append(name, value) {
      const key = Headers.#key(name);
      const list = this.#entries.get(key) ?? [];
      list.push(Headers.#text(value));
      this.#entries.set(key, list);
    }
    delete(name) { this.#entries.delete(Headers.#key(name)); }
    get(name) { return this.#entries.get(Headers.#key(name))?.join(', ') ?? null; }
    getSetCookie() { return this.#entries.get('set-cookie')?.slice() ?? []; }
    has(name) { return this.#entries.has(Headers.#key(name)); }
    set(name, value) { this.#entries.set(Headers.#key(name), [Headers.#text(value)]); }
    forEach(callback, self) { for (const [name, value] of this) callback.call(self, value, name, this); }
    *entries() { for (const name of [...this.#entries.keys()].sort()) yield [name, this.get(name)]; }
    *keys() { for (const [name] of this.entries()) yield name; }
    *values() { for (const [, value] of this.entries()) yield value; }
    [Symbol.iterator]() { return this.entries(); }
  }

  class Blob {
    #bytes;
    constructor(parts = [], options = {}) {
      const pieces = [...parts].map((part) => part instanceof Blob ? part.#bytes
        : part instanceof ArrayBuffer || ArrayBuffer.isView(part) ? shared.bytesOf(part) : new TextEncoder().encode(String(part)));
      const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
      this.#bytes = new Uint8Array(size);
      let at = 0;
      for (const piece of pieces) {
        this.#bytes.set(piece, at);
        at += piece.length;
      }
      this.type = String(options?.type ?? '').toLowerCase();
    }
    get size() { return this.#bytes.length; }
    slice(start, end, type = '') { return new Blob([this.#bytes.slice(start, end)], { type }); }
    async arrayBuffer() { return this.#bytes.slice().buffer; }
    async bytes() { return this.#bytes.slice(); }
    async text() { return new TextDecoder().decode(this.#bytes); }
  }

  class File extends Blob {
    constructor(parts, name, options = {}) {
      super(parts, options);
      this.name = String(name);
      this.lastModified = options?.lastModified ?? Date.now();
    }
  }

  class FormData {
    #entries = [];
    append(name, value) { this.#entries.push([String(name), value instanceof Blob ? value : String(value)]); }
    delete(name) { this.#entries = this.#entries.filter(([key]) => key !== name); }
    get(name) { return this.#entries.find(([key]) => key === name)?.[1] ?? null; }
    getAll(name) { return this.#entries.filter(([key]) => key === name).map(([, value]) => value); }
    has(name) { return this.#entries.some(([key]) => key === name); }
    set(name, value) {
      this.delete(name);
      this.append(name, value);
    }
    forEach(callback, self) { for (const [name, value] of this.#entries) callback.call(self, value, name, this); }
    *entries() { yield* this.#entries.map(([name, value]) => [name, value]); }
    *keys() { for (const [name] of this.#entries) yield name; }
    *values() { for (const [, value] of this.#entries) yield value; }
    [Symbol.iterator]() { return this.entries(); }
  }

  // Request and Response share how they hold and give their body.
  class Body {
    #bytes;
    #used = false;
    constructor(body) {
      this.#bytes = body === undefined || body === null ? null
        : body instanceof ArrayBuffer || ArrayBuffer.isView(body) ? shared.bytesOf(body).slice()
        : body instanceof Blob ? body : new TextEncoder().encode(String(body));
    }
    get bodyUsed() { return this.#used; }
    get body() { return null; }
    async bytes() {
      if (this.#used) throw new TypeError('madang: the body was read already');
      this.#used = this.#bytes !== null;
      return this.#bytes instanceof Blob ? this.#bytes.bytes() : (this.#bytes ?? new Uint8Array(0));
    }
    async arrayBuffer() { return (await this.bytes()).slice().buffer; }
    async blob() { return new Blob([await this.bytes()], { type: this.headers.get('content-type') ?? '' }); }
    async text() { return new TextDecoder().decode(await this.bytes()); }
    async json() { return JSON.parse(await this.text()); }
  }

  class Request extends Body {
    constructor(input, init = {}) {
      super(init?.body);
      const from = input instanceof Request ? input : {};
      this.url = input instanceof Request ? input.url : new URL(String(input)).href;
      this.method = String(init?.method ?? from.method ?? 'GET').toUpperCase();
      this.headers = new Headers(init?.headers ?? from.headers);
      this.signal = init?.signal ?? from.signal ?? new AbortController().signal;
      this.credentials = init?.credentials ?? 'same-origin';
      this.mode = init?.mode ?? 'cors';
      this.cache = init?.cache ?? 'default';
      this.redirect = init?.redirect ?? 'follow';
    }
    clone() { return new Request(this); }
  }

  class Response extends Body {
    constructor(body, init = {}) {
      super(body);
      this.status = init?.status ?? 200;
      this.statusText = String(init?.statusText ?? '');
      this.headers = new Headers(init?.headers);
      this.type = 'default';
      this.url = '';
      this.redirected = false;
      if (!(this.status >= 200 && this.status <= 599)) throw new RangeError('madang: a response status is 200 to 599');
    }
    get ok() { return this.status >= 200 && this.status <= 299; }
    static error() { return Object.assign(new Response(null, { status: 200 }), { type: 'error', status: 0 }); }
    static json(data, init = {}) {
      const response = new Response(JSON.stringify(data), init);
      if (!response.headers.has('content-type')) response.headers.set('content-type', 'application/json');
      return response;
    }
  }

  class WebSocket extends EventTarget {
    constructor() {
      super();
      throw new DOMException(closed('WebSocket'), 'NotSupportedError');
    }
  }
  ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].forEach((name, value) => {
    Object.defineProperty(WebSocket, name, { value });
    Object.defineProperty(WebSocket.prototype, name, { value });
  });

  for (const made of [Headers, Blob, File, FormData, Request, Response, WebSocket]) {
    Object.defineProperty(made.prototype, Symbol.toStringTag, { value: made.name, configurable: true });
    define(made.name, made);
  }
  // Not a TypeError: libraries take that for a fault of the network and hide the reason.
  define('fetch', function fetch() { return Promise.reject(new DOMException(closed('fetch'), 'NotSupportedError')); });
  define('navigator', {
    userAgent: 'Madang', appName: 'Madang', language: 'ko-KR', languages: ['ko-KR', 'ko', 'en-US', 'en'], onLine: true, hardwareConcurrency: 1, platform: '',
  });
})
