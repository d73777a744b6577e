// `process` as bundlers put it into browser bundles: enough to be asked, nothing to be done with.
(function (native, shared) {
  'use strict';
  const nothing = () => shared.process;
  const process = {
    title: 'browser',
    browser: true,
    env: { NODE_ENV: 'production' },
    argv: [],
    version: '',
    versions: {},
    platform: 'browser',
    arch: '',
    pid: 0,
    exitCode: undefined,
    release: {},
    nextTick(callback, ...args) { queueMicrotask(() => callback(...args)); },
    cwd: () => '/',
    chdir() { throw new Error('madang: process.chdir is not supported'); },
    umask: () => 0,
    binding() { throw new Error('madang: process.binding is not supported'); },
    exit() { throw new Error('madang: a plugin cannot end itself with process.exit'); },
    uptime: () => performance.now() / 1000,
    hrtime: Object.assign((before) => {
      const now = performance.now();
      let seconds = Math.floor(now / 1000);
      let nanoseconds = Math.floor((now % 1000) * 1e6);
      if (before) {
        seconds -= before[0];
        nanoseconds -= before[1];
        if (nanoseconds < 0) {
          seconds -= 1;
          nanoseconds += 1e9;
        }
      }
      return [seconds, nanoseconds];
    }, { bigint: () => BigInt(Math.floor(performance.now() * 1e6)) }),
    memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
    emitWarning(warning) { console.warn(warning); },
    listeners: () => [],
    listenerCount: () => 0,
  };
  for (const name of ['on', 'addListener', 'once', 'off', 'removeListener', 'removeAllListeners', 'emit', 'prependListener', 'prependOnceListener']) {
    process[name] = nothing;
  }
  process.emit = () => false;
  shared.process = process;
  shared.define('process', process);
})
