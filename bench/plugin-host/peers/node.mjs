// A host in Node: each plugin in a worker_threads worker.

import { Worker } from "node:worker_threads";

import { residentBytes } from "../../report/resident.mjs";
import { printResult, readArguments } from "../arguments.mjs";
import { Host, MEASURES } from "../host.mjs";

// What a plugin finds in a worker of a browser, over Node's port.
const BOOTSTRAP = `
  const { parentPort, workerData } = require("node:worker_threads");
  globalThis.self = globalThis;
  self.postMessage = (message) => parentPort.postMessage(message);
  parentPort.on("message", (data) => self.onmessage?.({ data }));
  require("node:vm").runInThisContext(workerData, { filename: "main.js" });
`;

const asked = readArguments();
const host = new Host(spawn);
const values = await MEASURES[asked.measure](host, asked.source, { ...asked, residentBytes });
printResult("node", process.version, asked, values);
process.exit(0);

function spawn(source, onMessage) {
  const worker = new Worker(BOOTSTRAP, { eval: true, workerData: source });
  worker.on("message", onMessage);
  worker.on("error", fail);
  return { post: (message) => worker.postMessage(message), stop: () => worker.terminate() };
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
