// Blobs and files.
(function (native, shared) {
  'use strict';
  const { define } = shared;
  shared.use('text');

  function joined(pieces) {
    const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
  shared.joined = joined;

  class Blob {
    #bytes;
    constructor(parts = [], options = {}) {
      const pieces = [...parts].map((part) => part instanceof Blob ? part.#bytes
        : part instanceof ArrayBuffer || ArrayBuffer.isView(part) ? shared.bytesOf(part) : new TextEncoder().encode(String(part)));
      this.#bytes = joined(pieces);
      const type = String(options?.type ?? '');
      // As the standard has it; anything else could end the line of a part's head.
      const isPlain = !/[^\u0020-\u007e]/.test(type);
      Object.defineProperty(this, 'type', { value: isPlain ? type.toLowerCase() : '', enumerable: true });
    }
    get size() { return this.#bytes.length; }
    slice(start, end, type = '') { return new Blob([this.#bytes.slice(start, end)], { type }); }
    async arrayBuffer() { return this.#bytes.slice().buffer; }
    async bytes() { return this.#bytes.slice(); }
    async text() { return new TextDecoder().decode(this.#bytes); }
    static { shared.bytesOfBlob = (blob) => blob.#bytes; }
  }

  class File extends Blob {
    constructor(parts, name, options = {}) {
      super(parts, options);
      this.name = String(name);
      this.lastModified = options?.lastModified ?? Date.now();
    }
  }

  for (const made of [Blob, File]) {
    Object.defineProperty(made.prototype, Symbol.toStringTag, { value: made.name, configurable: true });
    define(made.name, made);
  }
})
