// WebSocket as browsers have it, over messages `madang.websocket.…`.
(function (native, shared) {
  'use strict';
  for (const part of ['events', 'text', 'url', 'blob', 'till']) shared.use(part);
  const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];
  // Bytes that wait to be sent; the till takes no more either.
  const BUFFERED_BYTES_MAX = 4 << 20;
  // Of one message, either way; the till takes no larger one.
  const MESSAGE_BYTES_MAX = 1 << 20;
  // RFC 6455, 7.4.1: a message too large, and an end that has no code.
  const [TOO_LARGE, NO_CODE] = [1009, 1006];
  // Of text as JSON, where a character may take six bytes for one.
  const TEXT_BYTES_MAX = 1 << 20;
  const EVENT = 'madang.websocket.event';
  let sockets = 0;

  function addressOf(input) {
    const refuse = (why) => { throw new DOMException(`madang: ${why}`, 'SyntaxError'); };
    let url;
    try {
      url = new URL(String(input));
    } catch {
      refuse(`"${input}" is not an address`);
    }
    if (url.protocol === 'http:') url.protocol = 'ws:';
    if (url.protocol === 'https:') url.protocol = 'wss:';
    if (url.protocol !== 'ws:' && url.protocol !== 'wss:') refuse('a WebSocket has an address with wss: or ws:');
    if (url.hash !== '') refuse('the address of a WebSocket has no #');
    return url.href;
  }

  function protocolsOf(given) {
    const protocols = given === undefined ? [] : typeof given === 'string' ? [given] : [...given].map(String);
    const areTokens = protocols.every((name) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name));
    if (!areTokens || new Set(protocols).size !== protocols.length) throw new DOMException('madang: the subprotocols are names, each once', 'SyntaxError');
    return protocols;
  }

  // Text, unless so much of it would be escaped that it would not fit a message.
  function contentOf(text, bytes) {
    const isShort = bytes.length <= TEXT_BYTES_MAX / 6;
    if (isShort || new TextEncoder().encode(JSON.stringify(text)).length <= TEXT_BYTES_MAX) return { text };
    return { bytes: native.base64Encode(bytes), isText: true };
  }

  class WebSocket extends EventTarget {
    #id;
    #url;
    #protocol = '';
    #state = CONNECTING;
    #buffered = 0;
    #binaryType = 'blob';
    onopen = null;
    onmessage = null;
    onerror = null;
    onclose = null;
    constructor(url, protocols) {
      super();
      if (arguments.length === 0) throw new TypeError('madang: a WebSocket needs an address');
      this.#url = addressOf(url);
      const offered = protocolsOf(protocols);
      sockets += 1;
      this.#id = sockets;
      shared.hear(EVENT, this.#id, (event) => this.#heard(event));
      shared.ask('madang.websocket.open.request', { id: this.#id, url: this.#url, protocols: offered }).then(
        ({ protocol }) => this.#opened(protocol),
        (error) => this.#failed(error.message),
      );
    }
    get url() { return this.#url; }
    get protocol() { return this.#protocol; }
    get extensions() { return ''; }
    get readyState() { return this.#state; }
    get bufferedAmount() { return this.#buffered; }
    get binaryType() { return this.#binaryType; }
    set binaryType(type) { if (type === 'blob' || type === 'arraybuffer') this.#binaryType = type; }
    send(data) {
      if (arguments.length === 0) throw new TypeError('madang: there is nothing to send');
      if (this.#state === CONNECTING) throw new DOMException('madang: the WebSocket is not open yet', 'InvalidStateError');
      const isBinary = data instanceof Blob || data instanceof ArrayBuffer || ArrayBuffer.isView(data);
      const bytes = data instanceof Blob ? shared.bytesOfBlob(data) : isBinary ? shared.bytesOf(data) : new TextEncoder().encode(String(data));
      this.#buffered += bytes.length;
      if (this.#state !== OPEN) return;
      if (bytes.length > MESSAGE_BYTES_MAX) {
        this.#giveUp(`a message to send is larger than ${MESSAGE_BYTES_MAX} bytes`, TOO_LARGE);
        return;
      }
      if (this.#buffered > BUFFERED_BYTES_MAX) {
        this.#giveUp('more waits to be sent than the till takes');
        return;
      }
      const content = isBinary ? { bytes: native.base64Encode(bytes) } : contentOf(String(data).toWellFormed(), bytes);
      shared.ask('madang.websocket.send.request', { id: this.#id, ...content }).then(
        () => { this.#buffered -= bytes.length; },
        // While it closes, what is said is lost without a word, and the close tells how it ended.
        (error) => { if (this.#state === OPEN) this.#giveUp(error.message); },
      );
    }
    close(code, reason = '') {
      if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) throw new DOMException('madang: a close has the code 1000, or one from 3000 to 4999', 'InvalidAccessError');
      const words = String(reason).toWellFormed();
      if (new TextEncoder().encode(words).length > 123) throw new DOMException('madang: the reason of a close has at most 123 bytes', 'SyntaxError');
      if (this.#state >= CLOSING) return;
      const wasOpen = this.#state === OPEN;
      this.#state = CLOSING;
      shared.tell('madang.websocket.close', { id: this.#id, code: code ?? 1000, reason: words });
      if (!wasOpen) queueMicrotask(() => this.#failed('it was closed before it was open'));
    }
    #opened(protocol) {
      if (this.#state !== CONNECTING) return;
      this.#state = OPEN;
      this.#protocol = protocol;
      this.#fire(new Event('open'));
    }
    #heard({ event, text, bytes, isText, code, reason, wasClean }) {
      if (event === 'close') {
        this.#closed(code, reason, wasClean);
        return;
      }
      if (event === 'closing') {
        if (this.#state === OPEN) this.#state = CLOSING;
        return;
      }
      // A server may go on until it has read our close; scripts hear that no more.
      if (this.#state !== OPEN) return;
      let data = text;
      if (bytes !== undefined) {
        const buffer = native.base64Decode(bytes);
        if (isText) data = native.decode(new Uint8Array(buffer), 'utf-8', false);
        else data = this.#binaryType === 'arraybuffer' ? buffer : new Blob([buffer]);
      }
      this.#fire(new MessageEvent('message', { data, origin: new URL(this.#url).origin }));
    }
    #giveUp(message, code = NO_CODE) {
      if (this.#state === CLOSED) return;
      shared.tell('madang.websocket.close', { id: this.#id });
      this.#closed(code, message, false);
    }
    #failed(message) { this.#closed(NO_CODE, message, false); }
    #closed(code, reason, wasClean) {
      if (this.#state === CLOSED) return;
      this.#state = CLOSED;
      shared.hearNoMore(EVENT, this.#id);
      if (!wasClean) this.#fire(new ErrorEvent('error', { message: reason, error: new Error(reason) }));
      this.#fire(new CloseEvent('close', { code, reason: code === NO_CODE ? '' : reason, wasClean }));
    }
    #fire(event) { this.dispatchEvent(event); }
  }
  [['CONNECTING', CONNECTING], ['OPEN', OPEN], ['CLOSING', CLOSING], ['CLOSED', CLOSED]].forEach(([name, value]) => {
    Object.defineProperty(WebSocket, name, { value, enumerable: true });
    Object.defineProperty(WebSocket.prototype, name, { value, enumerable: true });
  });
  Object.defineProperty(WebSocket.prototype, Symbol.toStringTag, { value: 'WebSocket', configurable: true });
  shared.define('WebSocket', WebSocket);
})
