// Runs every case with every peer, turn by turn, and prints what came out beside what we want: see ../README.md.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { CONTRACT } from "./arguments.mjs";
import { cases } from "./cases.mjs";
import { availablePeers } from "./peers.mjs";
import { recordIn } from "./record.mjs";
import { tableOf } from "./table.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));
const MINUTES_MAX = 5;

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    record: { type: "boolean", default: false },
  },
});
const rounds = options.quick ? 1 : Number(options.rounds);
const { peers, missing } = availablePeers(ROOT);
missing.forEach(({ peer, reason }) => console.log(`${peer} is not measured: ${reason}`));

const machine = describeMachine();
if (machine.load_before > 0.5) console.log(`the machine is busy (load ${machine.load_before}): the figures will be rough`);
const measured = cases()
  .filter(({ name }) => name.includes(options.only))
  .map((one) => ({ case: one, samples: measure(one) }));
const table = tableOf(measured, Object.keys(peers));
console.log(`\n${machineLine(machine)}\n\n${table.text}`);
const file = writeResults({ contract: CONTRACT, machine, rounds, measured });
console.log(`\nEvery sample: ${file}`);
if (options.record) recordIn(`${ROOT}/docs/benchmarks.md`, `${machineLine(machine)}\n\n${table.text}\n`);
const isWhole = table.failed === 0 && !missing.some(({ isFailure }) => isFailure);
process.exitCode = isWhole ? 0 : 1;

/** Peers take turns within each round, so that whatever else the machine does falls on all of them. */
function measure(one) {
  const asked = one.peers.filter((peer) => peer in peers);
  const samples = Object.fromEntries(asked.map((peer) => [peer, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of asked) samples[peer].push(ask(peer, one));
  }
  console.log(`measured: ${one.name} (${one.measure})`);
  return samples;
}

function ask(peer, one) {
  const [program, ...first] = peers[peer];
  const count = options.quick ? Math.max(5, Math.ceil(one.count / 10)) : one.count;
  const rest = ["--measure", one.measure, "--plugin", one.plugin, "--count", count];
  rest.push("--plugins", one.plugins ?? 1, "--in-flight", one.inFlight ?? 1);
  const run = spawnSync(program, [...first, ...rest.map(String)], {
    encoding: "utf8",
    timeout: MINUTES_MAX * 60_000,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return run.status === 0 ? read(run.stdout) : { failure: failureOf(run) };
}

/** The last line: what plugins write to their console may stand before it. */
function read(text) {
  const line = text.trimEnd().split("\n").at(-1);
  try {
    const result = JSON.parse(line);
    if (result.contract === CONTRACT) return result;
    return { failure: `it speaks contract ${result.contract}, not ${CONTRACT}` };
  } catch {
    return { failure: `it printed no JSON object: ${line.slice(0, 200)}` };
  }
}

function failureOf({ status, signal, error, stderr }) {
  const last = stderr?.trim().split("\n").slice(-3).join(" ") ?? "";
  return `${error?.message ?? `ended with ${signal ?? status}`}: ${last}`;
}

function writeResults(results) {
  mkdirSync(RESULTS, { recursive: true });
  const file = `${RESULTS}plugin-host-${results.machine.date.replaceAll(":", "-")}.json`;
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}

function describeMachine() {
  const commit = execFileSync("git", ["-C", ROOT, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  return {
    date: new Date().toISOString().slice(0, 19),
    commit,
    processor: cpus()[0].model,
    cores: cpus().length,
    memory_bytes: totalmem(),
    kernel: release(),
    node: process.version,
    load_before: Math.round(loadavg()[0] * 10) / 10,
  };
}

function machineLine({ date, commit, processor, cores, memory_bytes, kernel, node, load_before }) {
  const gigabytes = Math.round(memory_bytes / 2 ** 30);
  return `${date.slice(0, 10)}, commit ${commit}, ${cores} × ${processor}, ${gigabytes} GB, Linux ${kernel}, Node ${node}, load before ${load_before}, ${rounds} rounds`;
}
