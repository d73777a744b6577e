// Text to bytes and back. The bytes are made by the engine, so that they count as the plugin's memory.
(function (native, shared) {
  'use strict';
  class TextEncoder {
    get encoding() { return 'utf-8'; }
    encode(text = '') { return new Uint8Array(native.utf8Encode(String(text).toWellFormed())); }
    encodeInto(text, into) {
      let read = 0;
      let written = 0;
      for (const character of String(text).toWellFormed()) {
        const point = character.codePointAt(0);
        const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        if (written + size > into.length) break;
        into.set(this.encode(character), written);
        written += size;
        read += character.length;
      }
      return { read, written };
    }
  }

  const LABELS = { 'utf-8': 'utf-8', utf8: 'utf-8', 'unicode-1-1-utf-8': 'utf-8', 'utf-16le': 'utf-16le', 'utf-16': 'utf-16le', latin1: 'windows-1252', ascii: 'windows-1252', 'us-ascii': 'windows-1252', 'iso-8859-1': 'windows-1252', 'windows-1252': 'windows-1252' };
  for (const label of ['euc-kr', 'cseuckr', 'csksc56011987', 'iso-ir-149', 'korean', 'ks_c_5601-1987', 'ks_c_5601-1989', 'ksc5601', 'ksc_5601', 'windows-949']) LABELS[label] = 'euc-kr';

  function bytesOf(data) {
    if (data === undefined) return new Uint8Array(0);
    if (data instanceof ArrayBuffer) return new Uint8Array(data);
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    throw new TypeError('madang: bytes are an ArrayBuffer or a view of one');
  }
  shared.bytesOf = bytesOf;

  // How many bytes at the end belong to a character that is not complete yet.
  function openUtf8Tail(bytes) {
    for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
      const byte = bytes[bytes.length - back];
      if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
      if (byte < 0x80) return 0;
    }
    return 0;
  }

  // Of two bytes each but for ASCII, and the second of a pair may be ASCII too: what stands open is known from the last byte below 0x80 on.
  function openEucKrTail(bytes) {
    let at = bytes.length;
    while (at > 0 && bytes[at - 1] >= 0x80) at -= 1;
    while (at < bytes.length) at += bytes[at] === 0x80 || bytes[at] === 0xff ? 1 : 2;
    return at - bytes.length;
  }

  const OPEN_TAILS = { 'utf-8': openUtf8Tail, 'utf-16le': (bytes) => bytes.length % 2, 'euc-kr': openEucKrTail, 'windows-1252': () => 0 };
  const WITH_BOM = ['utf-8', 'utf-16le'];

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #rest = new Uint8Array(0);
    #atStart = true;
    constructor(label = 'utf-8', options = {}) {
      const name = LABELS[String(label).trim().toLowerCase()];
      if (name === undefined) throw new RangeError(`madang: the encoding "${label}" is not supported`);
      this.#encoding = name;
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }
    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }
    decode(data, options) {
      let bytes = bytesOf(data);
      if (this.#rest.length > 0) {
        const joined = new Uint8Array(this.#rest.length + bytes.length);
        joined.set(this.#rest);
        joined.set(bytes, this.#rest.length);
        bytes = joined;
      }
      this.#rest = new Uint8Array(0);
      if (options?.stream) {
        const open = OPEN_TAILS[this.#encoding](bytes);
        this.#rest = bytes.slice(bytes.length - open);
        bytes = bytes.subarray(0, bytes.length - open);
      }
      let text = native.decode(bytes, this.#encoding, this.#fatal);
      if (this.#atStart && !this.#ignoreBOM && WITH_BOM.includes(this.#encoding) && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
      this.#atStart = !options?.stream || (this.#atStart && text.length === 0);
      return text;
    }
  }
  for (const made of [TextEncoder, TextDecoder]) {
    Object.defineProperty(made.prototype, Symbol.toStringTag, { value: made.name, configurable: true });
    shared.define(made.name, made);
  }
})
