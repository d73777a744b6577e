// Runs the tests with the counts of a soak, then the mutants: `node scripts/soak.mjs TIMES`, hours long. What came out, with
// commit, date and machine, is printed and put into docs/soak.md and docs/mutation.md.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

import { ROOT, circumstances, record, rowOf } from "./runs.mjs";

const PAGE = "docs/soak.md";
const ENGINE = "bench/mine/datafusion/Cargo.toml";
const HEAD = "| --- | --- | --- | --- | --- | --- | --- |";

const [times = "100"] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(times)) stop(`the count is a whole number above 0, not ${JSON.stringify(times)}`);

const begun = Date.now();
const here = circumstances();
const { passed, failed, status } = together(await test(["--workspace", "--lib", "--bins", "--tests"]), await testEngine());
const row = rowOf([...here, times, `${Math.round((Date.now() - begun) / 60_000)} min`, passed, failed]);
await record(PAGE, HEAD, row);
const noticed = mutate();
console.log(`\n${row}\nsoak: ${passed} passed, ${failed} failed`);
process.exitCode = status === 0 && failed === 0 && noticed ? 0 : 1;

/** Cargo's own runner: another would end a test that takes hours. */
async function test(what) {
  const flags = ["test", ...what, "--no-fail-fast"];
  const env = { ...process.env, MADANG_SOAK: times };
  const run = spawn("cargo", flags, { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  const exit = new Promise((resolve) => run.on("close", resolve));
  const counts = { passed: 0, failed: 0 };
  for await (const line of createInterface({ input: run.stdout })) {
    console.log(line);
    const summary = /^test result: .*?(\d+) passed; (\d+) failed/.exec(line);
    if (summary === null) continue;
    counts.passed += Number(summary[1]);
    counts.failed += Number(summary[2]);
  }
  return { ...counts, status: await exit };
}

/** The query of the map asked of DataFusion, which is not everywhere to be had and takes half an hour to build. */
async function testEngine() {
  const what = ["--manifest-path", ENGINE, "--locked"];
  const { status } = spawnSync("cargo", ["test", ...what, "--no-run", "--quiet"], { cwd: ROOT, stdio: "inherit" });
  if (status === 0) return test(what);
  console.log(`soak: ${ENGINE} did not build, so DataFusion's answers were not compared with ours`);
  return { passed: 0, failed: 0, status: 0 };
}

function together(one, other) {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed, status: one.status || other.status };
}

/** Whether every mutant was noticed or is explained. */
function mutate() {
  const script = `${ROOT}scripts/mutants.mjs`;
  return spawnSync(process.execPath, [script, "--if-installed"], { cwd: ROOT, stdio: "inherit" }).status === 0;
}

function stop(reason) {
  console.error(`soak: ${reason}`);
  process.exit(2);
}
