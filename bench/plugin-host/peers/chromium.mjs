// A host in a page of Chromium: each plugin in a Web Worker. The page and everything in it is served from this folder over
// loopback, with the headers that make `performance.now` exact to 5 µs rather than 100.

import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";

import { chromium } from "playwright-core";

import { printResult, readArguments } from "../arguments.mjs";

const SCRIPTS = {
  "/host.mjs": readFileSync(new URL("../host.mjs", import.meta.url)),
  "/report/summary.mjs": readFileSync(new URL("../../report/summary.mjs", import.meta.url)),
};
const asked = readArguments();
const server = await serve();
const browserServer = await chromium.launchServer({
  executablePath: process.env.MADANG_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const browser = await chromium.connect(browserServer.wsEndpoint());
  const page = await browser.newPage();
  await page.exposeFunction("residentBytes", () => residentBytes(browserServer.process().pid));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const values = await page.evaluate(measureInPage, asked);
  printResult("chromium", browser.version(), asked, values);
} finally {
  await browserServer.kill();
  server.close();
}

async function measureInPage(asked) {
  const { Host, MEASURES } = await import("/host.mjs");
  const addresses = new Map();
  const spawn = (source, onMessage) => {
    if (!addresses.has(source)) addresses.set(source, URL.createObjectURL(new Blob([source])));
    const worker = new Worker(addresses.get(source));
    worker.onmessage = (event) => onMessage(event.data);
    return { post: (message) => worker.postMessage(message), stop: () => worker.terminate() };
  };
  const measure = MEASURES[asked.measure];
  return measure(new Host(spawn), asked.source, { ...asked, residentBytes: globalThis.residentBytes });
}

function serve() {
  const server = createServer((request, response) => {
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    const script = SCRIPTS[request.url];
    response.setHeader("content-type", script === undefined ? "text/html" : "text/javascript");
    response.end(script ?? "<!doctype html><title>bench</title>");
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** All processes of the browser; memory that several share is counted by its share (PSS). */
async function residentBytes(root) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return descendants(root).reduce((sum, pid) => sum + proportionalBytes(pid), 0);
}

function descendants(root) {
  const parents = new Map(readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => [Number(pid), parent(pid)]));
  const family = [root];
  for (const member of family) {
    for (const [pid, its] of parents) if (its === member) family.push(pid);
  }
  return family;
}

function parent(pid) {
  return readOf(pid, "status", /PPid:\s+(\d+)/);
}

function proportionalBytes(pid) {
  return (readOf(pid, "smaps_rollup", /^Pss:\s+(\d+)/m) ?? 0) * 1024;
}

/** Processes come and go while the list is walked. */
function readOf(pid, file, pattern) {
  try {
    return Number(pattern.exec(readFileSync(`/proc/${pid}/${file}`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}
