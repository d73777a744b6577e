// Changes the gateway's decisions in one place after the other, and looks whether a test notices: `node scripts/mutants.mjs`.
// What is changed stands in .cargo/mutants.toml. Every mutant that no test notices must be explained in docs/mutation.md, into
// which this puts a row with the counts.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";

import { ROOT, circumstances, record, rowOf } from "./runs.mjs";

const PAGE = "docs/mutation.md";
const HEAD = "| --- | --- | --- | --- | --- | --- | --- | --- | --- |";
const PACKAGE = "madang-outbound";
const SOURCES = `crates/${PACKAGE}/src/`;

const OUTPUT = `${ROOT}target/mutants`;
// Of its own: in a folder that is shared, what somebody else builds meanwhile would be tried in a mutant's place.
const BUILT = `${OUTPUT}/built`;

// The unit tests are built and run in seconds and notice most; only what they let pass is tried with the rest.
const STAGES = [["--cargo-arg=--lib"], ["--iterate", "--cargo-arg=--test=it"]];

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

const begun = Date.now();
const here = circumstances();
if (!isInstalled("mutants")) {
  console.log("cargo-mutants is not installed: no mutant was tried (cargo install --locked cargo-mutants)");
  process.exit(process.argv.includes("--if-installed") ? 0 : 2);
}
for (const old of ["mutants.out", "mutants.out.old"]) rmSync(`${OUTPUT}/${old}`, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
const results = new Map();
for (const flags of STAGES) {
  mutate(flags);
  for (const [name, result] of outcomes()) results.set(name, result);
}
await report();

function isInstalled(tool) {
  return spawnSync("cargo", [tool, "--version"], { cwd: ROOT, stdio: "ignore" }).status === 0;
}

function mutate(flags) {
  const ours = ["--package", PACKAGE, "--output", OUTPUT, "--jobs", "1", "--minimum-test-timeout", String(TIMEOUT_SECONDS)];
  const env = { ...process.env, CARGO_TARGET_DIR: BUILT };
  const run = spawnSync("cargo", ["mutants", ...ours, ...flags, ...runner()], { cwd: ROOT, env, stdio: "inherit" });
  // 2 and 3: some were not noticed, or timed out. Which ones is looked at here.
  if (![0, 2, 3].includes(run.status)) stop(`cargo mutants ended with ${run.status ?? run.signal}; its logs are in ${OUTPUT}/mutants.out`);
}

/** Nextest ends at the first test that notices, where Cargo's own runner waits for all those that the mutant makes hang. */
function runner() {
  if (isInstalled("nextest")) return ["--test-tool", "nextest", "--", "--fail-fast", "-E", `not test(/${LEFT_OUT.join("|")}/)`];
  return ["--test-tool", "cargo", "--", "--", ...LEFT_OUT.flatMap((name) => ["--skip", name])];
}

/** What became of each mutant of the last stage, by its name with line and column. */
function outcomes() {
  const { outcomes: all } = JSON.parse(readFileSync(`${OUTPUT}/mutants.out/outcomes.json`, "utf8"));
  return all.filter(({ scenario }) => scenario !== "Baseline").map(({ scenario, summary }) => [scenario.Mutant.name, summary]);
}

async function report() {
  const having = (wanted) => [...results].filter(([, result]) => result === wanted).map(([name]) => mutation(name));
  const survivors = having("MissedMutant");
  const explained = explanations();
  const unexplained = without(survivors, explained);
  const gone = without(explained, survivors);
  const minutes = Math.round((Date.now() - begun) / 60_000);
  const counts = [results.size, having("CaughtMutant").length, having("Timeout").length, having("Unviable").length, survivors.length];
  const row = rowOf([...here, `${minutes} min`, ...counts]);
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
