// Runs the end-to-end tests. Without a browser, a built screen or the program they cannot run: that is told, and in CI it is a failure.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { CHROMIUM } from "./harness/browser.mjs";
import { FAILURES } from "./harness/failures.mjs";
import { MADANG } from "./harness/till.mjs";

/** Each file has a browser of its own; more of them at once only wait for each other. */
const FILES_AT_ONCE = Math.min(3, availableParallelism());
const NEEDED = [
  { path: CHROMIUM, is: "a Chromium", how: "make test-setup installs it on Debian; elsewhere set CHROMIUM to one" },
  { path: MADANG, is: "the program", how: "cargo build --bin madang, or set MADANG_BIN" },
];

const missing = NEEDED.filter(({ path }) => !existsSync(path));
for (const { path, is, how } of missing) console.log(`e2e: not run: ${is} is not at ${path}: ${how}`);
if (missing.length > 0) process.exit(process.env.CI ? 1 : 0);

rmSync(FAILURES, { recursive: true, force: true });
const here = fileURLToPath(new URL(".", import.meta.url));
const asked = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  ["--test", "--test-reporter=spec", `--test-concurrency=${FILES_AT_ONCE}`, ...(asked.length > 0 ? asked : tests())],
  { cwd: here, stdio: "inherit" },
);
process.exitCode = status ?? 1;

function tests() {
  return readdirSync(here).filter((name) => name.endsWith(".test.mjs"));
}
