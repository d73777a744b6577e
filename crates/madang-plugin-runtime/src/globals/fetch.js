// Headers, Request, Response and fetch as browsers have them. Calls are messages `madang.fetch.…`; a body is asked for a piece at a
// time, when somebody reads it.
(function (native, shared) {
  'use strict';
  for (const part of ['events', 'text', 'url', 'blob', 'form', 'streams', 'till']) shared.use(part);

  const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  const NULL_BODY_STATUSES = [101, 103, 204, 205, 304];
  const REDIRECT_STATUSES = [301, 302, 303, 307, 308];
  // The till's to say; a page's script cannot set them either.
  const FORBIDDEN = /^(connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;
  let guarded;

  class Headers {
    #entries = new Map();
    #guard = 'none';
    // What they are in their order, until one of them changes: going through many of them must not sort them at every step.
    #inOrder = null;
    constructor(init) {
      if (init !== undefined) this.#fill(init);
    }
    #fill(init) {
      if ((typeof init !== 'object' && typeof init !== 'function') || init === null) throw new TypeError('madang: headers are an object or a list of pairs');
      if (init[Symbol.iterator] === undefined) {
        for (const name of Object.keys(init)) this.append(name, init[name]);
        return;
      }
      for (const pair of init) {
        const [name, value, ...more] = pair;
        if (typeof pair === 'string' || value === undefined || more.length > 0) throw new TypeError('madang: a header is a pair of name and value');
        this.append(name, value);
      }
    }
    static #key(name) {
      const text = String(name);
      if (!TOKEN.test(text)) throw new TypeError(`madang: "${text}" is not a header name`);
      return text.toLowerCase();
    }
    static #text(value) {
      const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
      if (/[\0\r\n]/.test(text)) throw new TypeError('madang: a header value is one line');
      if (/[^\0-\xff]/.test(text)) throw new TypeError('madang: a header value is Latin-1 text; encode it first');
      return text;
    }
    // What the gateway does not send is refused where it is written: servers read bytes beyond ASCII each in its own way.
    #mayChange(key, text = '') {
      if (this.#guard === 'immutable') throw new TypeError('madang: these headers cannot be changed; copy them with new Headers(headers)');
      if (this.#guard !== 'request') return true;
      if (/[^\0-\x7f]/.test(text)) throw new TypeError(`madang: the header ${key} is not ASCII text; encode it first, as with encodeURIComponent`);
      return !FORBIDDEN.test(key);
    }
    append(name, value) {
      const key = Headers.#key(name);
      const text = Headers.#text(value);
      if (!this.#mayChange(key, text)) return;
      this.#inOrder = null;
      const list = this.#entries.get(key);
      if (list === undefined) this.#entries.set(key, [text]);
      else list.push(text);
    }
    delete(name) {
      const key = Headers.#key(name);
      if (!this.#mayChange(key)) return;
      this.#inOrder = null;
      this.#entries.delete(key);
    }
    get(name) { return this.#entries.get(Headers.#key(name))?.join(', ') ?? null; }
    getSetCookie() { return this.#entries.get('set-cookie')?.slice() ?? []; }
    has(name) { return this.#entries.has(Headers.#key(name)); }
    set(name, value) {
      const key = Headers.#key(name);
      const text = Headers.#text(value);
      if (!this.#mayChange(key, text)) return;
      this.#inOrder = null;
      this.#entries.set(key, [text]);
    }
    forEach(callback, self) { for (const [name, value] of this) callback.call(self, value, name, this); }
    #sorted() {
      this.#inOrder ??= [...this.#entries.keys()].sort().flatMap((name) => {
        const values = this.#entries.get(name);
        return name === 'set-cookie' ? values.map((value) => [name, value]) : [[name, values.join(', ')]];
      });
      return this.#inOrder;
    }
    // What is changed while somebody goes through them is seen.
    *entries() {
      for (let index = 0; ; index += 1) {
        const pair = this.#sorted()[index];
        if (pair === undefined) return;
        yield [...pair];
      }
    }
    *keys() { for (const [name] of this.entries()) yield name; }
    *values() { for (const [, value] of this.entries()) yield value; }
    [Symbol.iterator]() { return this.entries(); }
    static {
      guarded = (init, guard) => {
        const headers = new Headers();
        if (guard === 'request') headers.#guard = guard;
        headers.#fill(init ?? {});
        headers.#guard = guard;
        return headers;
      };
    }
  }

  // A body: bytes that are there, a stream, or the answer of a call. The stream of what is no stream is made when somebody looks at it.
  class Content {
    bytes; stream; type; call = null; wasUsed = false;
    constructor(bytes, stream, type = null) {
      this.bytes = bytes;
      this.stream = stream;
      this.type = type;
    }
    // Nothing here may refer to what it is part of: then it goes as soon as nobody holds it any more, on every machine alike.
    static answerOf(call) {
      const content = new Content(null, null);
      content.call = call;
      forgotten.register(content, call, call);
      return content;
    }
    get isUsed() { return this.wasUsed || (this.stream !== null && shared.isDisturbed(this.stream)); }
    get isUnusable() { return this.isUsed || Boolean(this.stream?.locked); }
    get isStream() { return this.stream !== null || this.call !== null; }
    asStream() {
      const { bytes, call } = this;
      if (call !== null) {
        this.call = null;
        forgotten.unregister(call);
        this.stream = call.stream();
      }
      this.stream ??= new ReadableStream({
        start(controller) {
          if (bytes.length > 0) controller.enqueue(bytes.slice());
          controller.close();
        },
      });
      return this.stream;
    }
    refuseIfUsed() {
      if (this.isUnusable) throw new TypeError('madang: the body was read already, or is being read');
    }
    async whole() {
      this.refuseIfUsed();
      if (!this.isStream) {
        this.wasUsed = true;
        return this.bytes;
      }
      const reader = this.asStream().getReader();
      const pieces = [];
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return shared.joined(pieces);
        if (!(value instanceof Uint8Array)) throw new TypeError('madang: a body is made of Uint8Array');
        pieces.push(value);
      }
    }
    copy() {
      this.refuseIfUsed();
      if (!this.isStream) return new Content(this.bytes, null, this.type);
      const [mine, other] = this.asStream().tee();
      this.stream = mine;
      return new Content(null, other, this.type);
    }
  }

  function contentOf(body) {
    if (body === undefined || body === null) return null;
    if (body instanceof ReadableStream) {
      if (body.locked || shared.isDisturbed(body)) throw new TypeError('madang: the stream was read already, or is being read');
      return new Content(null, body);
    }
    if (body instanceof URLSearchParams) return text(String(body), 'application/x-www-form-urlencoded;charset=UTF-8');
    if (body instanceof Blob) return new Content(shared.bytesOfBlob(body), null, body.type === '' ? null : body.type);
    if (body instanceof FormData) {
      const { bytes, type } = shared.multipart(body);
      return new Content(bytes, null, type);
    }
    if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return new Content(shared.bytesOf(body).slice(), null);
    return text(String(body), 'text/plain;charset=UTF-8');
  }

  const text = (value, type) => new Content(new TextEncoder().encode(value), null, type);

  // Request and Response share how they give their body.
  class Body {
    #content;
    static {
      Body.take = (holder, content) => { holder.#content = content; };
      Body.of = (holder) => holder.#content;
    }
    get body() { return this.#content === null ? null : this.#content.asStream(); }
    get bodyUsed() { return this.#content !== null && this.#content.isUsed; }
    async bytes() { return this.#content === null ? new Uint8Array(0) : (await this.#content.whole()).slice(); }
    async arrayBuffer() { return (await this.bytes()).buffer; }
    async blob() { return new Blob([await this.bytes()], { type: this.headers.get('content-type') ?? '' }); }
    async text() { return new TextDecoder().decode(await this.bytes()); }
    async json() { return JSON.parse(await this.text()); }
    async formData() {
      const given = this.headers.get('content-type') ?? '';
      const type = given.split(';')[0].trim().toLowerCase();
      if (type === 'multipart/form-data') return shared.formOfMultipart(await this.bytes(), given);
      if (type !== 'application/x-www-form-urlencoded') throw new TypeError(`madang: application/x-www-form-urlencoded and multipart/form-data are read as forms; this is ${type || 'without a type'}`);
      const form = new FormData();
      for (const [name, value] of new URLSearchParams(await this.text())) form.append(name, value);
      return form;
    }
  }
  const { take, of } = Body;
  delete Body.take;
  delete Body.of;

  function methodOf(given) {
    const method = String(given);
    if (!TOKEN.test(method)) throw new TypeError(`madang: "${method}" is not a method`);
    const upper = method.toUpperCase();
    if (['CONNECT', 'TRACE', 'TRACK'].includes(upper)) throw new TypeError(`madang: ${upper} is not carried`);
    return ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'].includes(upper) ? upper : method;
  }

  function addressOf(input) {
    const url = new URL(String(input));
    if (url.username !== '' || url.password !== '') throw new TypeError('madang: an address has no name and password; use the Authorization header');
    return url.href;
  }

  function oneOf(name, value, known) {
    if (!known.includes(value)) throw new TypeError(`madang: ${name} is one of ${known.join(', ')}`);
    return value;
  }

  const CACHES = ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'];

  class Request extends Body {
    #own;
    constructor(input, init) {
      super();
      if (arguments.length === 0) throw new TypeError('madang: a request needs an address');
      const options = init ?? {};
      const from = input instanceof Request ? input : null;
      const url = from === null ? addressOf(input) : from.url;
      const method = options.method === undefined ? from?.method ?? 'GET' : methodOf(options.method);
      const signal = options.signal === undefined ? from?.signal : options.signal;
      if (signal !== undefined && signal !== null && !(signal instanceof AbortSignal)) throw new TypeError('madang: signal is an AbortSignal');
      this.#own = {
        url, method,
        headers: guarded(options.headers ?? from?.headers, 'request'),
        signal: signal ?? new AbortController().signal,
        redirect: oneOf('redirect', options.redirect ?? from?.redirect ?? 'follow', ['follow', 'manual', 'error']),
        credentials: options.credentials ?? from?.credentials ?? 'same-origin',
        mode: options.mode ?? from?.mode ?? 'cors',
        cache: oneOf('cache', options.cache ?? from?.cache ?? 'default', CACHES),
        referrer: options.referrer ?? from?.referrer ?? 'about:client',
        referrerPolicy: options.referrerPolicy ?? from?.referrerPolicy ?? '',
        integrity: options.integrity ?? from?.integrity ?? '',
        keepalive: Boolean(options.keepalive ?? from?.keepalive),
      };
      const given = options.body ?? null;
      const isBodiless = method === 'GET' || method === 'HEAD';
      if (isBodiless && (given !== null || (from !== null && of(from) !== null))) throw new TypeError(`madang: ${method} has no body`);
      const { duplex } = options;
      let content = contentOf(given);
      if (content?.stream && duplex !== 'half') throw new TypeError('madang: a stream as a body needs duplex: "half"');
      if (content === null && from !== null && of(from) !== null) {
        content = of(from);
        content.refuseIfUsed();
        // The body goes over to this request.
        const moved = new Content(content.bytes, content.stream === null ? null : content.copy().stream, content.type);
        content.wasUsed = true;
        content = moved;
      }
      if (content !== null && content.type !== null && !this.headers.has('content-type')) this.headers.append('content-type', content.type);
      take(this, content);
    }
    get url() { return this.#own.url; }
    get method() { return this.#own.method; }
    get headers() { return this.#own.headers; }
    get signal() { return this.#own.signal; }
    get redirect() { return this.#own.redirect; }
    get credentials() { return this.#own.credentials; }
    get mode() { return this.#own.mode; }
    get cache() { return this.#own.cache; }
    get referrer() { return this.#own.referrer; }
    get referrerPolicy() { return this.#own.referrerPolicy; }
    get integrity() { return this.#own.integrity; }
    get keepalive() { return this.#own.keepalive; }
    get destination() { return ''; }
    get duplex() { return 'half'; }
    clone() {
      const copy = of(this)?.copy() ?? null;
      const request = new Request(this.url, { ...this.#own });
      take(request, copy);
      return request;
    }
  }

  let answer;

  class Response extends Body {
    #own;
    constructor(body, init) {
      super();
      const options = init ?? {};
      const status = options.status === undefined ? 200 : Number(options.status);
      if (!(Number.isInteger(status) && status >= 200 && status <= 599)) throw new RangeError('madang: a response status is 200 to 599');
      const statusText = String(options.statusText ?? '');
      if (/[^\t\x20-\x7e\x80-\xff]/.test(statusText)) throw new TypeError('madang: statusText is one line');
      const content = contentOf(body);
      if (content !== null && NULL_BODY_STATUSES.includes(status)) throw new TypeError(`madang: a response with status ${status} has no body`);
      this.#own = { status, statusText, headers: guarded(options.headers, 'response'), type: 'default', url: '', redirected: false };
      if (content !== null && content.type !== null && !this.headers.has('content-type')) this.headers.append('content-type', content.type);
      take(this, content);
    }
    get status() { return this.#own.status; }
    get ok() { return this.status >= 200 && this.status <= 299; }
    get statusText() { return this.#own.statusText; }
    get headers() { return this.#own.headers; }
    get type() { return this.#own.type; }
    get url() { return this.#own.url; }
    get redirected() { return this.#own.redirected; }
    clone() { return answer({ ...this.#own, headers: guarded(this.headers, 'response') }, of(this)?.copy() ?? null); }
    static error() { return answer({ status: 0, statusText: '', headers: guarded({}, 'immutable'), type: 'error', url: '', redirected: false }, null); }
    static redirect(url, status = 302) {
      const location = new URL(String(url)).href;
      if (!REDIRECT_STATUSES.includes(status)) throw new RangeError('madang: a redirect has status 301, 302, 303, 307 or 308');
      return answer({ status, statusText: '', headers: guarded({ location }, 'immutable'), type: 'default', url: '', redirected: false }, null);
    }
    static json(data, init) {
      const written = JSON.stringify(data);
      if (written === undefined) throw new TypeError('madang: the value cannot be written as JSON');
      const response = new Response(written, init);
      const isTyped = init?.headers !== undefined && new Headers(init.headers).has('content-type');
      if (!isTyped) response.headers.set('content-type', 'application/json');
      return response;
    }
    static {
      answer = (own, content) => {
        const response = new Response();
        response.#own = own;
        take(response, content);
        return response;
      };
    }
  }

  // An answer that nobody can read any more holds no place. One whose stream somebody has looked at gives way by the till's rule.
  const forgotten = new FinalizationRegistry((call) => call.giveUp());
  let fetches = 0;
  // As JSON, where a byte may take six, such a piece fits a message, and such a body the one that begins a call.
  const PIECE_BYTES_MAX = 32 << 10;
  const WHOLE_BYTES_MAX = 128 << 10;

  // What of a body goes with the call, and the reader of what follows in pieces.
  async function sent(content) {
    if (content === null) return { body: {}, reader: null };
    if (content.isStream) return { body: { streams: true }, reader: content.asStream().getReader() };
    const bytes = await content.whole();
    if (bytes.length <= WHOLE_BYTES_MAX) return { body: shared.contentOf(bytes), reader: null };
    return { body: { length: bytes.length }, reader: content.asStream().getReader() };
  }

  async function fetch(input, init) {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    // Said rather than ignored: whoever asks for it relies on it.
    if (request.integrity !== '') throw new TypeError('madang: integrity is not checked here; leave it out, and compare the body with what it should be');
    if (request.cache === 'only-if-cached') throw new TypeError('madang: nothing is kept of answers here, so cache: "only-if-cached" finds nothing');
    const content = of(request);
    const { body, reader } = await sent(content);
    // It may have been aborted while the body was looked at.
    signal.throwIfAborted();
    fetches += 1;
    const call = new Call(fetches, signal);
    const head = shared.ask('madang.fetch.start.request', {
      id: call.id, url: request.url, method: request.method.toUpperCase(), headers: [...request.headers], redirect: request.redirect, ...body,
    });
    if (reader !== null) call.send(reader);
    return call.answered(head, request.url);
  }

  // What `AbortSignal.timeout` aborts with: it says something of the server.
  const isOutOfTime = (reason) => reason instanceof DOMException && reason.name === 'TimeoutError';

  // One call under way, until its body has ended or nobody wants it.
  class Call {
    constructor(id, signal) {
      this.id = id;
      this.signal = signal;
      this.aborted = new Promise((_, reject) => { this.reject = reject; });
      this.aborted.catch(() => {});
      this.onAbort = () => {
        shared.tell('madang.fetch.cancel', isOutOfTime(signal.reason) ? { id, timedOut: true } : { id });
        this.reject(signal.reason);
        this.controller?.error(signal.reason);
        this.sending?.cancel(signal.reason).catch(() => {});
        this.over();
      };
      signal.addEventListener('abort', this.onAbort, { once: true });
    }
    giveUp() {
      this.over();
      shared.tell('madang.fetch.cancel', { id: this.id });
    }
    over() { this.signal.removeEventListener('abort', this.onAbort); }
    async answered(head, url) {
      try {
        const { status, headers, redirected, url: last, hasBody } = await Promise.race([head, this.aborted]);
        if (!hasBody) this.over();
        const own = { status, statusText: '', headers: guarded(headers, 'immutable'), type: 'basic', url: (last ?? url).split('#')[0], redirected };
        return answer(own, hasBody ? Content.answerOf(this) : null);
      } catch (error) {
        throw this.failed(error);
      }
    }
    // A piece at a time: each is answered when the server is ready for the next.
    async send(reader) {
      this.sending = reader;
      try {
        for (;;) {
          const { done, value } = await this.read(reader);
          if (this.signal.aborted) return;
          if (done) break;
          for (let at = 0; at < value.length; at += PIECE_BYTES_MAX) {
            await shared.ask('madang.fetch.send.request', { id: this.id, ...shared.contentOf(value.subarray(at, at + PIECE_BYTES_MAX)) });
          }
        }
        await shared.ask('madang.fetch.send.request', { id: this.id, end: true });
      } catch (error) {
        // The server takes no more: its answer, or why there is none, tells the rest.
        reader.cancel(error).catch(() => {});
      }
    }
    async read(reader) {
      try {
        const read = await reader.read();
        if (!read.done && !(read.value instanceof Uint8Array)) throw new TypeError('madang: a body is made of Uint8Array');
        return read;
      } catch (error) {
        this.reject(error);
        shared.tell('madang.fetch.cancel', { id: this.id });
        throw error;
      }
    }
    stream() {
      return new ReadableStream({
        start: (controller) => { this.controller = controller; },
        pull: (controller) => this.piece(controller),
        cancel: () => this.giveUp(),
      }, { highWaterMark: 0 });
    }
    async piece(controller) {
      try {
        const piece = await Promise.race([shared.ask('madang.fetch.read.request', { id: this.id }), this.aborted]);
        const bytes = shared.bytesOfContent(piece);
        if (piece.end) this.over();
        if (bytes.length > 0) controller.enqueue(bytes);
        if (piece.end) controller.close();
      } catch (error) {
        throw this.failed(error);
      }
    }
    failed(error) {
      this.over();
      if (this.signal.aborted) return this.signal.reason;
      return new TypeError('fetch failed', { cause: error });
    }
  }

  for (const made of [Headers, Request, Response]) {
    Object.defineProperty(made.prototype, Symbol.toStringTag, { value: made.name, configurable: true });
    shared.define(made.name, made);
  }
  shared.define('fetch', fetch);
})
