// structuredClone of what plugins hold: plain values, dates, maps, sets, expressions, errors, buffers, with cycles.
(function (native, shared) {
  'use strict';
  const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

  function refuse(what) {
    throw new DOMException(`madang: ${what} cannot be cloned`, 'DataCloneError');
  }

  function clone(value, done) {
    if (typeof value === 'function') refuse(`the function ${value.name || '(anonymous)'}`);
    if (typeof value === 'symbol') refuse(String(value));
    if (typeof value !== 'object' || value === null) return value;
    if (done.has(value)) return done.get(value);
    return cloneObject(value, done);
  }

  function remember(value, copy, done) {
    done.set(value, copy);
    return copy;
  }

  function cloneObject(value, done) {
    if (Array.isArray(value)) return fillFields(value, remember(value, new Array(value.length), done), done);
    if (value instanceof Date) return remember(value, new Date(value.getTime()), done);
    if (value instanceof RegExp) return remember(value, new RegExp(value.source, value.flags), done);
    if (value instanceof Number || value instanceof String || value instanceof Boolean) return remember(value, Object(value.valueOf()), done);
    if (value instanceof Map) return cloneMap(value, done);
    if (value instanceof Set) return cloneSet(value, done);
    if (value instanceof ArrayBuffer) return remember(value, value.slice(0), done);
    if (ArrayBuffer.isView(value)) return cloneView(value, done);
    if (value instanceof Error) return cloneError(value, done);
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) refuse(`a ${value.constructor?.name}`);
    return fillFields(value, remember(value, {}, done), done);
  }

  function fillFields(value, copy, done) {
    for (const key of Object.keys(value)) copy[key] = clone(value[key], done);
    return copy;
  }

  function cloneMap(value, done) {
    const copy = remember(value, new Map(), done);
    for (const [key, held] of [...value]) copy.set(clone(key, done), clone(held, done));
    return copy;
  }

  function cloneSet(value, done) {
    const copy = remember(value, new Set(), done);
    for (const held of [...value]) copy.add(clone(held, done));
    return copy;
  }

  function cloneView(value, done) {
    const buffer = clone(value.buffer, done);
    if (value instanceof DataView) return remember(value, new DataView(buffer, value.byteOffset, value.byteLength), done);
    return remember(value, new value.constructor(buffer, value.byteOffset, value.length), done);
  }

  function cloneError(value, done) {
    const made = Object.hasOwn(ERRORS, value.name) ? ERRORS[value.name] : Error;
    const copy = remember(value, new made(value.message), done);
    copy.stack = value.stack;
    if ('cause' in value) copy.cause = clone(value.cause, done);
    return copy;
  }

  shared.define('structuredClone', function structuredClone(value, options) {
    if (arguments.length === 0) throw new TypeError('madang: structuredClone needs a value');
    const done = new Map();
    const copy = clone(value, done);
    for (const buffer of options?.transfer ?? []) if (buffer instanceof ArrayBuffer) buffer.transfer();
    return copy;
  });
})
