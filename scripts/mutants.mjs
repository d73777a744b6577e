// Changes the gateway's decisions in one place after the other, and looks whether a test notices: `node scripts/mutants.mjs`,
// an hour long. What is changed stands in .cargo/mutants.toml. Every mutant that no test notices must be explained in
// docs/mutation.md, into which this puts a row with the counts. With `--again`, after a test was written, only what was not
// noticed or not tried the last time is tried; with `--since COMMIT` only what stands in lines that were changed since then.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { ROOT, circumstances, record, rowOf } from "./runs.mjs";

const PAGE = "docs/mutation.md";
const HEAD = "| --- | --- | --- | --- | --- | --- | --- | --- | --- |";
const PACKAGE = "madang-outbound";
const SOURCES = `crates/${PACKAGE}/src/`;

const OUTPUT = `${ROOT}target/mutants`;
const RESULTS = `${OUTPUT}/results.json`;
// Of its own: in a folder that is shared, what somebody else builds meanwhile would be tried in a mutant's place.
const BUILT = `${OUTPUT}/built`;

// The unit tests are built and run in seconds and notice most; only what they let pass is tried with the rest. Those may hang
// under a mutant: nextest, where it is installed, ends at the first that notices, where Cargo's own runner waits for all of them.
const STAGES = [
  { tests: "--lib", runner: cargo },
  { tests: "--test=it", runner: isInstalled("nextest") ? nextest : cargo },
];

// Much load and large bodies: minutes in all, and what they look at are pools, bytes and memory.
const LEFT_OUT = [
  "a_thousand_cancelled_calls",
  "bombs_end_at_the_cap",
  "floods_cost",
  "nobody_gets_the_answer_of_another",
  "pings_without_end",
  "ten_thousand",
];

// A mutant that waits for ever is noticed by that; on a busy machine a good run takes a while, too.
const TIMEOUT_SECONDS = 120;

const OPTIONS = { again: { type: "boolean" }, "if-installed": { type: "boolean" }, since: { type: "string" } };
const { again: isAgain, "if-installed": onlyIfInstalled, since } = parseArgs({ options: OPTIONS }).values;

const begun = Date.now();
const here = circumstances();
if (!isInstalled("mutants")) {
  console.log("cargo-mutants is not installed: no mutant was tried (cargo install --locked cargo-mutants)");
  process.exit(onlyIfInstalled ? 0 : 2);
}
if (!isAgain) for (const old of ["mutants.out", "results.json"]) rmSync(`${OUTPUT}/${old}`, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
const part = since === undefined ? [] : ["--in-diff", changedSince(since)];
const results = kept();
for (const stage of STAGES) {
  mutate(stage);
  for (const [name, result] of outcomes()) results.set(name, result);
  writeFileSync(RESULTS, JSON.stringify(Object.fromEntries(results)));
}
await report();

function isInstalled(tool) {
  return spawnSync("cargo", [tool, "--version"], { cwd: ROOT, stdio: "ignore" }).status === 0;
}

/** The file that says which lines of the sources were changed since a commit. */
function changedSince(commit) {
  const diff = spawnSync("git", ["diff", commit, "--", SOURCES], { cwd: ROOT, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (diff.status !== 0) stop(`git knows no commit ${JSON.stringify(commit)}: ${diff.stderr}`);
  const file = `${OUTPUT}/since.diff`;
  writeFileSync(file, diff.stdout);
  return file;
}

/** What is known of the mutants that are still there, from a run that was broken off, too: names have lines, which move. */
function kept() {
  const list = spawnSync("cargo", ["mutants", "--list", "--package", PACKAGE, ...part], { cwd: ROOT, encoding: "utf8" });
  const there = new Set(list.stdout.split("\n"));
  const known = existsSync(RESULTS) ? Object.entries(JSON.parse(readFileSync(RESULTS, "utf8"))) : [];
  return new Map([...known, ...outcomes()].filter(([name]) => there.has(name)));
}

/** Tries what was not noticed so far. */
function mutate({ tests, runner }) {
  const ours = ["--package", PACKAGE, "--output", OUTPUT, "--jobs", "1", "--minimum-test-timeout", String(TIMEOUT_SECONDS)];
  const flags = ["--iterate", ...part, `--cargo-arg=${tests}`];
  const env = { ...process.env, CARGO_TARGET_DIR: BUILT };
  const run = spawnSync("cargo", ["mutants", ...ours, ...flags, ...runner()], { cwd: ROOT, env, stdio: "inherit" });
  // 2 and 3: some were not noticed, or timed out. Which ones is looked at here.
  if (![0, 2, 3].includes(run.status)) stop(`cargo mutants ended with ${run.status ?? run.signal}; its logs are in ${OUTPUT}/mutants.out`);
}

function cargo() {
  return ["--test-tool", "cargo", "--", "--", ...LEFT_OUT.flatMap((name) => ["--skip", name])];
}

function nextest() {
  return ["--test-tool", "nextest", "--", "--fail-fast", "-E", `not test(/${LEFT_OUT.join("|")}/)`];
}

/** What became of each mutant of the last stage, by its name with line and column. */
function outcomes() {
  const path = `${OUTPUT}/mutants.out/outcomes.json`;
  if (!existsSync(path)) return [];
  const { outcomes: all } = JSON.parse(readFileSync(path, "utf8"));
  return all.filter(({ scenario }) => scenario !== "Baseline").map(({ scenario, summary }) => [scenario.Mutant.name, summary]);
}

async function report() {
  const having = (wanted) => [...results].filter(([, result]) => result === wanted).map(([name]) => mutation(name));
  const survivors = having("MissedMutant");
  const explained = explanations();
  const unexplained = without(survivors, explained);
  const gone = without(explained, survivors);
  const took = `${Math.round((Date.now() - begun) / 60_000)} min${isAgain ? ", again" : ""}${since === undefined ? "" : `, lines changed since ${since}`}`;
  const counts = [results.size, having("CaughtMutant").length, having("Timeout").length, having("Unviable").length, survivors.length];
  const row = rowOf([...here, took, ...counts]);
  await record(PAGE, HEAD, row);
  console.log(`\n${row}`);
  tell("timed out, and counts as noticed", having("Timeout"));
  tell(`is explained in ${PAGE}, but was noticed or is no longer there; take it out`, gone);
  tell(`was not noticed; write the test that notices it, or explain it in ${PAGE}`, unexplained);
  console.log(`mutants: ${results.size - unexplained.length} passed, ${unexplained.length} failed`);
  process.exitCode = unexplained.length === 0 ? 0 : 1;
}

function tell(what, mutations) {
  for (const { file, text } of mutations) console.log(`${file}: ${text}: ${what}`);
}

/** A mutation is known by its file and what is changed in which function, since lines move. */
function mutation(name) {
  const [, path, text] = /^(.+?):\d+:\d+: (.+)$/.exec(name) ?? stop(`cargo mutants names a mutant ${JSON.stringify(name)}`);
  return { file: path.replace(SOURCES, ""), text };
}

/** The rows of the page's table of survivors; each explains one. */
function explanations() {
  const row = /^\| `([^`]+\.rs)` \| `([^`]+)` \| .+ \|$/gm;
  const page = readFileSync(ROOT + PAGE, "utf8");
  return [...page.matchAll(row)].map(([, file, text]) => ({ file, text: text.replaceAll("\\|", "|") }));
}

/** Those of `mutations` that are not among `others`, each of which stands for one. */
function without(mutations, others) {
  const left = others.map(key);
  return mutations.filter((mutation) => {
    const at = left.indexOf(key(mutation));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function key({ file, text }) {
  return `${file}: ${text}`;
}

function stop(reason) {
  console.error(`mutants: ${reason}`);
  process.exit(2);
}
