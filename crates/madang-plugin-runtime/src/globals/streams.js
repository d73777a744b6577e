// ReadableStream as far as bodies need it: one reader at a time, pulled from only when somebody reads. There are no byte readers,
// pipes and other kinds of streams.
(function (native, shared) {
  'use strict';
  let parts;

  class Controller {
    #stream;
    constructor(stream) { this.#stream = stream; }
    get desiredSize() { return parts.desired(this.#stream); }
    enqueue(chunk) { parts.enqueue(this.#stream, chunk); }
    close() { parts.close(this.#stream); }
    error(reason) { parts.fail(this.#stream, reason); }
  }
  Object.defineProperty(Controller, 'name', { value: 'ReadableStreamDefaultController' });

  class ReadableStream {
    #source;
    #controller = new Controller(this);
    #state = 'readable';
    #reason;
    #queue = [];
    #closing = false;
    #highWaterMark;
    #reads = [];
    #reader = null;
    #disturbed = false;
    #started = false;
    #pulling = false;
    #pullAgain = false;
    constructor(source = {}, strategy = {}) {
      this.#source = source ?? {};
      if (this.#source.type !== undefined) throw new RangeError('madang: a stream of bytes has no type here; leave it out');
      this.#highWaterMark = Number(strategy?.highWaterMark ?? 1);
      const started = this.#source.start?.(this.#controller);
      Promise.resolve(started).then(() => {
        this.#started = true;
        this.#pull();
      }, (reason) => this.#fail(reason));
    }
    get locked() { return this.#reader !== null; }
    getReader(options) {
      if (options?.mode !== undefined) throw new TypeError('madang: there are no byte readers; use getReader()');
      return new ReadableStreamDefaultReader(this);
    }
    cancel(reason) {
      if (this.locked) return Promise.reject(new TypeError('madang: the stream is locked by its reader; cancel there'));
      return this.#cancel(reason);
    }
    tee() {
      const reader = this.getReader();
      const branches = [null, null];
      const canceled = [false, false];
      let reading = null;
      let allCanceled;
      const gone = new Promise((resolve) => { allCanceled = resolve; });
      const pull = () => (reading ??= reader.read().then(({ done, value }) => {
        reading = null;
        branches.forEach((controller, index) => {
          if (canceled[index]) return;
          if (done) controller.close();
          else controller.enqueue(value instanceof Uint8Array && index === 1 ? value.slice() : value);
        });
      }, (reason) => branches.forEach((controller, index) => { if (!canceled[index]) controller.error(reason); })));
      const branch = (index) => new ReadableStream({
        start(controller) { branches[index] = controller; },
        pull,
        cancel(reason) {
          canceled[index] = true;
          if (canceled[0] && canceled[1]) allCanceled(reader.cancel(reason));
          return gone;
        },
      }, { highWaterMark: 0 });
      return [branch(0), branch(1)];
    }
    async *values(options) {
      const reader = this.getReader();
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          yield value;
        }
      } finally {
        if (!options?.preventCancel) await reader.cancel().catch(() => {});
        reader.releaseLock();
      }
    }
    [Symbol.asyncIterator](options) { return this.values(options); }
    static from(values) {
      const iterator = values[Symbol.asyncIterator]?.() ?? values[Symbol.iterator]();
      return new ReadableStream({
        async pull(controller) {
          const { done, value } = await iterator.next();
          if (done) controller.close();
          else controller.enqueue(await value);
        },
        cancel(reason) { return iterator.return?.(reason); },
      }, { highWaterMark: 0 });
    }

    #pull() {
      if (!this.#started || this.#state !== 'readable' || this.#closing) return;
      if (this.#reads.length === 0 && this.#queue.length >= this.#highWaterMark) return;
      if (this.#pulling) {
        this.#pullAgain = true;
        return;
      }
      if (this.#source.pull === undefined) return;
      this.#pulling = true;
      let pulled;
      try {
        pulled = Promise.resolve(this.#source.pull(this.#controller));
      } catch (error) {
        pulled = Promise.reject(error);
      }
      pulled.then(() => {
        this.#pulling = false;
        if (this.#pullAgain) {
          this.#pullAgain = false;
          this.#pull();
        }
      }, (reason) => this.#fail(reason));
    }
    #enqueue(chunk) {
      if (this.#state !== 'readable' || this.#closing) throw new TypeError('madang: the stream is closed');
      if (this.#reads.length > 0) this.#reads.shift().resolve({ done: false, value: chunk });
      else this.#queue.push(chunk);
      this.#pull();
    }
    #close() {
      if (this.#state !== 'readable' || this.#closing) throw new TypeError('madang: the stream is closed');
      this.#closing = true;
      if (this.#queue.length === 0) this.#ended();
    }
    #ended() {
      this.#state = 'closed';
      for (const read of this.#reads.splice(0)) read.resolve({ done: true, value: undefined });
      this.#reader?.[settle].resolve();
    }
    #fail(reason) {
      if (this.#state !== 'readable') return;
      this.#state = 'errored';
      this.#reason = reason;
      this.#queue = [];
      for (const read of this.#reads.splice(0)) read.reject(reason);
      this.#reader?.[settle].reject(reason);
    }
    #read() {
      this.#disturbed = true;
      if (this.#queue.length > 0) {
        const value = this.#queue.shift();
        if (this.#closing && this.#queue.length === 0) this.#ended();
        else this.#pull();
        return Promise.resolve({ done: false, value });
      }
      if (this.#state === 'closed') return Promise.resolve({ done: true, value: undefined });
      if (this.#state === 'errored') return Promise.reject(this.#reason);
      return new Promise((resolve, reject) => {
        this.#reads.push({ resolve, reject });
        this.#pull();
      });
    }
    #cancel(reason) {
      this.#disturbed = true;
      if (this.#state === 'closed') return Promise.resolve();
      if (this.#state === 'errored') return Promise.reject(this.#reason);
      this.#queue = [];
      this.#ended();
      try {
        return Promise.resolve(this.#source.cancel?.(reason)).then(() => undefined);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    static {
      parts = {
        desired: (stream) => (stream.#state === 'errored' ? null : stream.#state === 'closed' ? 0 : stream.#highWaterMark - stream.#queue.length),
        enqueue: (stream, chunk) => stream.#enqueue(chunk),
        close: (stream) => stream.#close(),
        fail: (stream, reason) => stream.#fail(reason),
        read: (stream) => stream.#read(),
        cancel: (stream, reason) => stream.#cancel(reason),
        isDisturbed: (stream) => stream.#disturbed,
        lock(stream, reader) {
          if (stream.locked) throw new TypeError('madang: the stream is locked by another reader');
          stream.#reader = reader;
          if (stream.#state === 'closed') reader[settle].resolve();
          if (stream.#state === 'errored') reader[settle].reject(stream.#reason);
        },
        unlock(stream) {
          stream.#reader = null;
          const released = new TypeError('madang: the reader was released');
          for (const read of stream.#reads.splice(0)) read.reject(released);
          return released;
        },
      };
    }
  }

  const settle = Symbol('settle');

  class ReadableStreamDefaultReader {
    #stream;
    #closed;
    constructor(stream) {
      this.#closed = Promise.withResolvers?.() ?? deferred();
      this.#closed.promise.catch(() => {});
      Object.defineProperty(this, settle, { value: this.#closed });
      parts.lock(stream, this);
      this.#stream = stream;
    }
    get closed() { return this.#closed.promise; }
    #held() {
      if (this.#stream === null) throw new TypeError('madang: the reader was released');
      return this.#stream;
    }
    async read() { return parts.read(this.#held()); }
    async cancel(reason) { return parts.cancel(this.#held(), reason); }
    releaseLock() {
      if (this.#stream === null) return;
      this.#closed.reject(parts.unlock(this.#stream));
      this.#stream = null;
    }
  }

  function deferred() {
    const made = {};
    made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    return made;
  }

  shared.isDisturbed = parts.isDisturbed;
  for (const made of [ReadableStream, ReadableStreamDefaultReader, Controller]) {
    Object.defineProperty(made.prototype, Symbol.toStringTag, { value: made.name, configurable: true });
    shared.define(made.name, made);
  }
})
