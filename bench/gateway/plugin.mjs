// A plugin on a till that runs as it does in a shop: how long after its AbortController said so the server sees the close.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { printResult, wholeNumber } from "../report/contract.mjs";
import { summary } from "../report/summary.mjs";
import { Watcher } from "./watcher.mjs";

const { values: options } = parseArgs({
  options: {
    madang: { type: "string" },
    measure: { type: "string" },
    origin: { type: "string" },
    count: { type: "string" },
    path: { type: "string" },
    "in-flight": { type: "string" },
    breaker: { type: "string" },
  },
});
if (options.measure !== "abort") throw new Error(`--measure is abort; got ${options.measure}`);

/** A plugin may call one server ten times a second; this is a little slower. */
const ABORT_EVERY_MS = 110;

const count = wholeNumber("count", options.count);
const folder = mkdtempSync(join(tmpdir(), "madang-bench-"));
try {
  const { closesNs, told } = await measured();
  const offsetNs = await wallToMachineNs();
  const times = told.map(({ abortedMs, end }, name) => {
    if (end !== "AbortError") throw new Error(`call ${name} ended with ${end}`);
    return Math.max(0, (closesNs[name] - offsetNs) / 1000 - abortedMs * 1000);
  });
  const values = { close_us: summary(times) };
  printResult({ peer: "madang", version: version(), measure: "abort", in_flight: 1, count, values });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What the plugin told, and when the server saw each close by the clock of the machine. */
async function measured() {
  const watcher = new Watcher(options.origin);
  const closesNs = [];
  let ended;
  const told = new Promise((resolve) => (ended = resolve));
  const control = createServer(async (request, response) => {
    const [, what, name] = request.url.split("/");
    if (what === "told") {
      response.end();
      return ended(JSON.parse(await textOf(request)));
    }
    await watcher.untilBegun(name);
    await setTimeout(ABORT_EVERY_MS);
    response.end();
    closesNs[name] = Number(await watcher.closedNs(name));
  });
  control.listen(0, "127.0.0.1");
  await once(control, "listening");
  const till = startedTill(`http://127.0.0.1:${control.address().port}`);
  try {
    const gone = once(till, "exit").then(() => Promise.reject(new Error("the till ended before its plugin had told anything")));
    const all = await Promise.race([told, gone]);
    // The last close may be told after the plugin.
    while (closesNs[count - 1] === undefined) await setTimeout(2);
    return { closesNs, told: all };
  } finally {
    till.kill();
    control.closeAllConnections();
    control.close();
    watcher.agent.destroy();
  }
}

function startedTill(control) {
  const plugin = join(folder, "plugin");
  mkdirSync(plugin);
  const lines = ['name = "bench"', 'version = "1.0.0"', "[permissions]", 'http = ["send"]', "[origins.lan]"];
  const origins = [options.origin, control].map((origin) => `"${origin}" = "what is measured"`);
  writeFileSync(join(plugin, "plugin.toml"), [...lines, ...origins, ""].join("\n"));
  const program = readFileSync(fileURLToPath(new URL("plugin/main.js", import.meta.url)), "utf8");
  const bench = { origin: options.origin, control, count };
  writeFileSync(join(plugin, "main.js"), `const bench = ${JSON.stringify(bench)};\n(async () => {\n${program}})();\n`);
  const words = ["dev", plugin, "--no-open", "--port", "0", "--data", join(folder, "data")];
  return spawn(options.madang, words, { stdio: ["ignore", "ignore", "inherit"] });
}

async function textOf(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return text;
}

/** What to take from the machine's clock to get the time of day in nanoseconds: read where a millisecond begins. */
async function wallToMachineNs() {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return Number(process.hrtime.bigint()) - now * 1e6;
}

function version() {
  return spawnSync(options.madang, ["--version"], { encoding: "utf8" }).stdout.trim();
}
