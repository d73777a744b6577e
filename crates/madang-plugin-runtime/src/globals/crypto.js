// Web Crypto: chance from the worker's seed, digests, HMAC, AES-GCM and PBKDF2. The work is done by the host.
(function (native, shared) {
  'use strict';
  shared.use('text');
  const { bytesOf, define } = shared;
  const keys = new WeakMap();
  const HASH_BLOCK_BITS = { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 };

  const fault = (name, message) => new DOMException(`madang: ${message}`, name);
  const notSupported = (what) => fault('NotSupportedError', `${what} is not supported; there are SHA-1/256/384/512, HMAC, AES-GCM and PBKDF2`);

  class CryptoKey {
    constructor(pass, type, algorithm, extractable, usages, bytes) {
      if (pass !== keys) throw new TypeError('Illegal constructor');
      this.type = type;
      this.algorithm = Object.freeze(algorithm);
      this.extractable = Boolean(extractable);
      this.usages = Object.freeze([...usages]);
      keys.set(this, bytes);
      Object.freeze(this);
    }
  }

  function nameOf(algorithm) {
    const name = typeof algorithm === 'string' ? algorithm : algorithm?.name;
    return String(name).toUpperCase();
  }
  function hashOf(algorithm) {
    const name = nameOf(algorithm);
    if (!Object.hasOwn(HASH_BLOCK_BITS, name)) throw notSupported(name);
    return name;
  }
  function held(key, name, usage) {
    if (!keys.has(key)) throw new TypeError('madang: this needs a CryptoKey');
    if (nameOf(key.algorithm) !== name) throw fault('InvalidAccessError', `the key is for ${key.algorithm.name}, not ${name}`);
    if (usage !== undefined && !key.usages.includes(usage)) throw fault('InvalidAccessError', `the key may not be used to ${usage}`);
    return keys.get(key);
  }
  const copyOf = (data) => bytesOf(data).slice();
  const random = (length) => {
    const bytes = new Uint8Array(length);
    shared.fillRandomly(bytes);
    return bytes;
  };
  // A missing native answer means that the data did not fit the key.
  const orFail = (answer) => {
    if (answer === undefined || answer === null) throw fault('OperationError', 'the data does not fit the key');
    return answer;
  };

  function makeKey(algorithm, bytes, extractable, usages) {
    const name = nameOf(algorithm);
    if (name === 'HMAC') return new CryptoKey(keys, 'secret', { name, hash: { name: hashOf(algorithm.hash) }, length: bytes.length * 8 }, extractable, usages, bytes);
    if (name === 'PBKDF2') return new CryptoKey(keys, 'secret', { name }, false, usages, bytes);
    if (name !== 'AES-GCM') throw notSupported(name);
    if (bytes.length !== 16 && bytes.length !== 32) throw fault('DataError', 'an AES-GCM key has 128 or 256 bits');
    return new CryptoKey(keys, 'secret', { name, length: bytes.length * 8 }, extractable, usages, bytes);
  }
  function lengthOf(algorithm) {
    if (nameOf(algorithm) === 'HMAC') return (algorithm.length ?? HASH_BLOCK_BITS[hashOf(algorithm.hash)]) / 8;
    if (nameOf(algorithm) === 'AES-GCM') return algorithm.length / 8;
    throw notSupported(nameOf(algorithm));
  }
  function sealing(algorithm) {
    if (nameOf(algorithm) !== 'AES-GCM') throw notSupported(nameOf(algorithm));
    const iv = bytesOf(algorithm.iv);
    if (iv.length !== 12) throw notSupported(`an AES-GCM iv of ${iv.length} bytes (only 12)`);
    if (algorithm.tagLength !== undefined && algorithm.tagLength !== 128) throw notSupported(`an AES-GCM tag of ${algorithm.tagLength} bits (only 128)`);
    return [iv, algorithm.additionalData === undefined ? new Uint8Array(0) : bytesOf(algorithm.additionalData)];
  }
  function derive(algorithm, key, bits, usage) {
    if (nameOf(algorithm) !== 'PBKDF2') throw notSupported(nameOf(algorithm));
    if (!Number.isInteger(bits) || bits <= 0 || bits % 8 !== 0) throw fault('OperationError', 'a number of bits to derive is a multiple of 8');
    return native.pbkdf2(hashOf(algorithm.hash), held(key, 'PBKDF2', usage), bytesOf(algorithm.salt), Number(algorithm.iterations), bits / 8);
  }

  class SubtleCrypto {
    async digest(algorithm, data) { return native.digest(hashOf(algorithm), bytesOf(data)); }
    async importKey(format, data, algorithm, extractable, usages) {
      if (format === 'raw') return makeKey(algorithm, copyOf(data), extractable, usages);
      if (format === 'jwk' && data?.kty === 'oct') {
        const text = atob(data.k.replaceAll('-', '+').replaceAll('_', '/'));
        return makeKey(algorithm, Uint8Array.from(text, (character) => character.charCodeAt(0)), extractable, usages);
      }
      throw notSupported(`the key format ${format}`);
    }
    async exportKey(format, key) {
      const bytes = held(key, nameOf(key?.algorithm));
      if (!key.extractable) throw fault('InvalidAccessError', 'the key may not be exported');
      if (format !== 'raw') throw notSupported(`the key format ${format}`);
      return bytes.slice().buffer;
    }
    async generateKey(algorithm, extractable, usages) { return makeKey(algorithm, random(lengthOf(algorithm)), extractable, usages); }
    async sign(algorithm, key, data) { return native.hmac(hashOf(key.algorithm.hash), held(key, 'HMAC', 'sign'), bytesOf(data)); }
    async verify(algorithm, key, signature, data) {
      return native.hmacVerify(hashOf(key.algorithm.hash), held(key, 'HMAC', 'verify'), bytesOf(signature), bytesOf(data));
    }
    async encrypt(algorithm, key, data) { return orFail(native.aesGcm(true, held(key, 'AES-GCM', 'encrypt'), ...sealing(algorithm), bytesOf(data))); }
    async decrypt(algorithm, key, data) { return orFail(native.aesGcm(false, held(key, 'AES-GCM', 'decrypt'), ...sealing(algorithm), bytesOf(data))); }
    async deriveBits(algorithm, key, bits) { return derive(algorithm, key, bits, 'deriveBits'); }
    async deriveKey(algorithm, key, into, extractable, usages) {
      const bits = derive(algorithm, key, lengthOf(into) * 8, 'deriveKey');
      return makeKey(into, new Uint8Array(bits), extractable, usages);
    }
  }

  class Crypto {
    #subtle = new SubtleCrypto();
    get subtle() { return this.#subtle; }
    getRandomValues(array) {
      if (!ArrayBuffer.isView(array) || array instanceof DataView || array instanceof Float32Array || array instanceof Float64Array) {
        throw fault('TypeMismatchError', 'random values go into an integer array');
      }
      if (array.byteLength > 65536) throw fault('QuotaExceededError', 'at most 65536 random bytes at once');
      shared.fillRandomly(bytesOf(array));
      return array;
    }
    randomUUID() {
      const bytes = random(16);
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    }
  }
  for (const made of [Crypto, SubtleCrypto, CryptoKey]) {
    Object.defineProperty(made.prototype, Symbol.toStringTag, { value: made.name, configurable: true });
    define(made.name, made);
  }
  define('crypto', new Crypto());
})
