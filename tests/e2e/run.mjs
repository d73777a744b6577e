// Runs the end-to-end tests. Without a browser they cannot run: that is told, and in CI it is a failure.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { CHROMIUM } from "./harness/browser.mjs";
import { FAILURES } from "./harness/failures.mjs";
import { MADANG } from "./harness/till.mjs";

/** Each file has a browser of its own; more of them at once only wait for each other. */
const FILES_AT_ONCE = Math.min(3, availableParallelism());

if (!existsSync(CHROMIUM)) {
  console.log(`e2e: not run: no Chromium at ${CHROMIUM}: make test-setup installs it on Debian; elsewhere set CHROMIUM to one`);
  process.exit(process.env.CI ? 1 : 0);
}
if (!existsSync(MADANG)) {
  console.log(`e2e: no program at ${MADANG}: cargo build --bin madang, or set MADANG_BIN to it`);
  process.exit(1);
}

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
