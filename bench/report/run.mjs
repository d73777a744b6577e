// Runs every case with every peer, turn by turn, and prints what came out beside what we want: see ../README.md.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { CONTRACT } from "./contract.mjs";
import { describeMachine, machineLine } from "./machine.mjs";
import { recordIn } from "./record.mjs";
import { tableOf } from "./table.mjs";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));
const MINUTES_MAX = 5;
/** A peer may tell all it found, to be compared. */
const OUTPUT_BYTES_MAX = 64 * 2 ** 20;

/**
 * @typedef {{ name: string, of: (values: any) => number, unit: string, goals: Record<string, Goal> }} Figure
 * @typedef {{ most?: number, least?: number, more?: number }} Goal Bounds on the ratio of our figure to the peer's, or on how much more it is;
 *   the goal named `self` is a bound on our own figure.
 * @typedef {{ name: string, measure: string, count: number, peers: string[], figures: Figure[], minutesMax?: number, isLarge?: boolean }} Case
 *   One peer's turn ends after `minutesMax`. What is large is measured only when asked for.
 * @typedef {{ command: string[] | ((one: any) => string[]) } | { reason: string, isFailure?: boolean }} Found A peer's command, the same for every
 *   case or not, or why there is none.
 * @typedef {{
 *   name: string,
 *   title: string,
 *   cases: Case[],
 *   found: Record<string, Found>,
 *   argumentsOf: (one: any) => unknown[],
 *   during?: (ask: (more: unknown[]) => object, one: any, count: number) => Promise<object>,
 * }} Bench `during` prepares the ground for one peer's turn at a case, asks it with what it must be told of that, and clears up.
 */

/** @param {Bench} bench */
export async function runBench(bench) {
  const options = readOptions();
  const peers = chosen(present(bench.found), options.peers);
  const machine = describeMachine(ROOT);
  const measured = [];
  const wanted = ({ name, isLarge }) => name.includes(options.only) && (options.large || !isLarge);
  for (const one of bench.cases.filter(wanted)) {
    measured.push({ case: one, samples: await measure(bench, one, peers, options) });
  }
  const table = tableOf(measured, Object.keys(peers));
  const told = `${machineLine(machine, options.rounds)}\n\n${table.text}`;
  console.log(`\n${told}`);
  const file = writeResults(bench.name, { contract: CONTRACT, machine, rounds: options.rounds, measured });
  console.log(`\nEvery sample: ${file}`);
  if (options.record) recordIn(`${ROOT}/docs/benchmarks.md`, bench, `${told}\n`);
  const isWhole = table.failed === 0 && !Object.values(bench.found).some(({ isFailure }) => isFailure);
  process.exitCode = isWhole ? 0 : 1;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      quick: { type: "boolean", default: false },
      large: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      peers: { type: "string", default: "" },
      record: { type: "boolean", default: false },
    },
  });
  return { ...values, rounds: values.quick ? 1 : Number(values.rounds) };
}

function present(found) {
  const entries = Object.entries(found);
  entries.filter(([, { reason }]) => reason).forEach(([peer, { reason }]) => console.log(`${peer} is not measured: ${reason}`));
  return Object.fromEntries(entries.filter(([, { command }]) => command).map(([peer, { command }]) => [peer, command]));
}

/** Those of `names`, divided by commas; all when there are none. */
function chosen(peers, names) {
  if (names === "") return peers;
  const wanted = names.split(",");
  const unknown = wanted.filter((name) => !(name in peers));
  if (unknown.length > 0) throw new Error(`--peers ${unknown}: there are ${Object.keys(peers)}`);
  return Object.fromEntries(wanted.map((name) => [name, peers[name]]));
}

/** Peers take turns within each round, so that whatever else the machine does falls on all of them. */
async function measure(bench, one, peers, options) {
  const during = bench.during ?? ((ask) => ask([]));
  const asked = one.peers.filter((peer) => peer in peers);
  const samples = Object.fromEntries(asked.map((peer) => [peer, []]));
  const count = options.quick ? Math.max(5, Math.ceil(one.count / 10)) : one.count;
  const told = ["--measure", one.measure, "--count", count, ...bench.argumentsOf(one)];
  for (let round = 0; round < options.rounds; round += 1) {
    for (const peer of asked) {
      const command = typeof peers[peer] === "function" ? peers[peer](one) : peers[peer];
      const askPeer = (more) => ask(command, [...told, ...more].map(String), one.minutesMax ?? MINUTES_MAX);
      samples[peer].push(await during(askPeer, one, count));
    }
  }
  console.log(`measured: ${one.name} (${one.measure})`);
  return samples;
}

function ask([program, ...first], rest, minutesMax) {
  const run = spawnSync(program, [...first, ...rest], {
    encoding: "utf8",
    timeout: minutesMax * 60_000,
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return run.status === 0 ? read(run.stdout) : { failure: failureOf(run) };
}

/** The last line: what a peer writes to its console may stand before it. */
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

function writeResults(bench, results) {
  mkdirSync(RESULTS, { recursive: true });
  const file = `${RESULTS}${bench}-${results.machine.date.replaceAll(":", "-")}.json`;
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}
