// Runs the tests with the counts of a soak: `node scripts/soak.mjs TIMES`, hours long. What came out, with commit, date and
// machine, is printed and put into docs/soak.md.
import { execFileSync, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { cpus, release, totalmem, type } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGE = `${ROOT}docs/soak.md`;
// A new row stands below this line of the table, so that the last run is read first.
const HEAD = "| --- | --- | --- | --- | --- | --- | --- |";
const NOT_YET = "Not run yet.";

const [times = "100"] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(times)) stop(`the count is a whole number above 0, not ${JSON.stringify(times)}`);

const begun = Date.now();
const { passed, failed, status } = await test();
const minutes = Math.round((Date.now() - begun) / 60_000);
const cells = [new Date(begun).toISOString().slice(0, 10), commit(), machine(), times, `${minutes} min`, passed, failed];
const row = `| ${cells.join(" | ")} |`;
await record(row);
console.log(`\n${row}\nsoak: ${passed} passed, ${failed} failed`);
process.exitCode = status === 0 && failed === 0 ? 0 : 1;

/** Cargo's own runner: another would end a test that takes hours. */
async function test() {
  const flags = ["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"];
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

async function record(row) {
  const page = await readFile(PAGE, "utf8");
  if (!page.includes(HEAD)) stop(`docs/soak.md has no table head ${HEAD}; add this row by hand: ${row}`);
  await writeFile(PAGE, page.replace(HEAD, () => `${HEAD}\n${row}`).replace(`\n${NOT_YET}\n`, ""));
}

/** The commit that was tested, with a star when the files were not those of the commit. */
function commit() {
  const git = (...rest) => execFileSync("git", rest, { cwd: ROOT, encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--untracked-files=no");
  return git("rev-parse", "--short", "HEAD") + (changed === "" ? "" : "*");
}

function machine() {
  const [first] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() ?? "processor"}, ${gibibytes} GiB, ${type()} ${release()}`;
}

function stop(reason) {
  console.error(`soak: ${reason}`);
  process.exit(2);
}
