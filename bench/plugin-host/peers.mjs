// Who can be measured on this machine, and the command that asks each.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const OUR_CRATE = "madang-plugin-host";
const OUR_EXAMPLE = "plugin_host_bench";

export function availablePeers(root) {
  const found = {
    madang: ours(root),
    node: { command: [process.execPath, "--expose-gc", here("peers/node.mjs")] },
    chromium: chromium(),
  };
  const entries = Object.entries(found);
  return {
    peers: Object.fromEntries(entries.filter(([, { command }]) => command).map(([peer, { command }]) => [peer, command])),
    missing: entries.filter(([, { reason }]) => reason).map(([peer, { reason, isFailure }]) => ({ peer, reason, isFailure })),
  };
}

function ours(root) {
  console.log(`building ${OUR_EXAMPLE} of ${OUR_CRATE}`);
  const build = ["build", "--release", "-p", OUR_CRATE, "--example", OUR_EXAMPLE, "--message-format=json"];
  const run = spawnSync("cargo", build, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (run.status !== 0) return { reason: `${OUR_EXAMPLE} did not build`, isFailure: true };
  return { command: [executableOf(run.stdout)] };
}

function executableOf(messages) {
  const lines = messages.split("\n").filter((line) => line.startsWith("{"));
  const built = lines.map((line) => JSON.parse(line)).find((it) => it.target?.name === OUR_EXAMPLE && it.executable);
  return built.executable;
}

function chromium() {
  const browser = process.env.MADANG_CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(browser)) return { reason: `${browser} is missing; install Debian's chromium or set MADANG_CHROMIUM` };
  try {
    createRequire(import.meta.url).resolve("playwright-core");
  } catch {
    return { reason: "playwright-core is missing; run npm install" };
  }
  return { command: [process.execPath, here("peers/chromium.mjs")] };
}

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
