// A plain worker: the names that a till's worker has, over Node's. Timers run a hundred times faster, so that what a client
// holds back for seconds is seen within the test.
const { parentPort, workerData } = require("node:worker_threads");
const { readFileSync } = require("node:fs");
const vm = require("node:vm");

const realTimeout = globalThis.setTimeout;
globalThis.setTimeout = (work, delayMs = 0, ...args) => realTimeout(work, delayMs / 100, ...args);
globalThis.self = globalThis;
// Older versions of Node have none; libraries look for it while they load.
globalThis.WebSocket ??= class WebSocket {
  constructor() {
    throw new Error("no sockets here");
  }
};
globalThis.postMessage = (message) => parentPort.postMessage({ posted: message });
console.log = (...parts) => parentPort.postMessage({ line: parts.join(" ") });
parentPort.on("message", (message) => globalThis.onmessage?.({ data: message }));

vm.runInThisContext(readFileSync(workerData, "utf8"), { filename: workerData });
