// Everything that holds at every push, part after part; a failed part does not keep the others from being told. The last
// line counts the parts, the runners' own summaries stand above it.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PARTS = [
  { target: "test-setup", is: "what the tests need is here" },
  { target: "lint", is: "format, lints, types, dependencies" },
  { target: "test-bundles", is: "bundles for the sandbox are built" },
  { target: "test-rust", is: "Rust: unit, integration and documentation tests" },
  { target: "test-node", is: "TypeScript: SDK, screen, sample plugins, bundles, generated files" },
  { target: "test-browser", is: "the till in a real browser" },
];

const results = PARTS.map(run);
console.log("");
for (const { target, is, passed, seconds } of results) {
  console.log(`${passed ? "ok    " : "FAILED"} ${target.padEnd(13)} ${String(seconds).padStart(5)} s  ${is}`);
}
const failed = results.filter(({ passed }) => !passed);
console.log(`\nparts: ${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;

function run(part) {
  console.log(`\n== make ${part.target}: ${part.is}`);
  const begun = Date.now();
  const { status } = spawnSync("make", ["--no-print-directory", part.target], { cwd: ROOT, stdio: "inherit" });
  return { ...part, passed: status === 0, seconds: Math.round((Date.now() - begun) / 1000) };
}
