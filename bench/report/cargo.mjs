// Programs in Rust, built as they are shipped.

import { spawnSync } from "node:child_process";

/** What `cargo build --release` of these arguments made, by name; undefined when it did not build. */
export function builtPrograms(folder, ...what) {
  console.log(`building ${what.join(" ")} in ${folder}`);
  const run = spawnSync("cargo", ["build", "--release", "--locked", "--message-format=json", ...what], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return run.status === 0 ? executables(run.stdout) : undefined;
}

function executables(messages) {
  const lines = messages.split("\n").filter((line) => line.startsWith("{"));
  const built = lines.map((line) => JSON.parse(line)).filter(({ executable }) => executable);
  return Object.fromEntries(built.map(({ target, executable }) => [target.name, executable]));
}
