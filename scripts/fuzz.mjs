// Builds the fuzzers of `fuzz/` and runs each for a while: `node scripts/fuzz.mjs SECONDS [TARGET…]`. What breaks one is
// left in fuzz/target/artifacts; what it found on the way stays in fuzz/target/corpus and is where the next run begins.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FUZZ = `${ROOT}fuzz`;
const TARGETS = readdirSync(`${FUZZ}/src`).map((file) => file.replace(/\.rs$/, ""));

// Coverage as libFuzzer wants it, without the flags that only a nightly compiler takes.
const INSTRUMENTED = [
  "--cfg fuzzing",
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
].join(" ");

// Inputs kept in the repository; they are read and never written.
const KEPT = {
  decode: ["crates/madang-import/tests/corpus/decode"],
  envelope: ["crates/madang-plugin-protocol/tests/corpus"],
  rows: ["crates/madang-import/tests/corpus/rows"],
};

const [seconds = "60", ...named] = process.argv.slice(2);
const targets = named.length > 0 ? named : TARGETS;
const unknown = targets.filter((target) => !TARGETS.includes(target));
if (!/^[1-9]\d*$/.test(seconds)) stop(`the time is a whole number of seconds, not ${JSON.stringify(seconds)}`);
if (unknown.length > 0) stop(`there is no fuzzer ${unknown.join(", ")}; there are ${TARGETS.join(", ")}`);

// Naming the host as a target keeps the flags away from build scripts and macros.
const host = /^host: (.+)$/m.exec(execFileSync("rustc", ["-vV"], { encoding: "utf8" }))?.[1] ?? stop("rustc names no host");
build();
const broken = targets.filter((target) => !run(target));
console.log(`\nfuzzers: ${targets.length - broken.length} passed, ${broken.length} failed`);
if (broken.length > 0) stop(`${broken.join(", ")}: the input is in fuzz/target/artifacts; make it a test, then mend the code`);

function build() {
  const flags = ["build", "--release", "--target", host, "--manifest-path", `${FUZZ}/Cargo.toml`];
  const { RUSTFLAGS = "" } = process.env;
  const env = { ...process.env, RUSTFLAGS: `${RUSTFLAGS} ${INSTRUMENTED}`.trim(), CARGO_TARGET_DIR: `${FUZZ}/target` };
  const built = spawnSync("cargo", [...flags, ...targets.flatMap((target) => ["--bin", target])], { stdio: "inherit", env });
  if (built.status !== 0) stop("the fuzzers do not build");
}

function run(target) {
  const found = `${FUZZ}/target/corpus/${target}`;
  const artifacts = `${FUZZ}/target/artifacts/${target}/`;
  for (const folder of [found, artifacts]) mkdirSync(folder, { recursive: true });
  const kept = (KEPT[target] ?? []).map((folder) => ROOT + folder).filter((folder) => existsSync(folder));
  const limits = [`-max_total_time=${seconds}`, "-timeout=10", "-rss_limit_mb=2048", `-artifact_prefix=${artifacts}`];
  console.log(`\n${target}, ${seconds} s`);
  const program = `${FUZZ}/target/${host}/release/${target}`;
  return spawnSync(program, [...limits, "-print_final_stats=1", found, ...kept], { stdio: "inherit" }).status === 0;
}

function stop(reason) {
  console.error(`fuzz: ${reason}`);
  process.exit(2);
}
