// Who can be measured on this machine, and the command that asks each.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { builtPrograms } from "../report/cargo.mjs";

const OUR_CRATE = "madang-plugin-host";
const OUR_EXAMPLE = "plugin_host_bench";

export function foundPeers(root) {
  return {
    madang: ours(root),
    node: { command: [process.execPath, "--expose-gc", here("peers/node.mjs")] },
    chromium: chromium(),
  };
}

function ours(root) {
  const built = builtPrograms(root, "-p", OUR_CRATE, "--example", OUR_EXAMPLE);
  if (built === undefined) return { reason: `${OUR_EXAMPLE} did not build`, isFailure: true };
  return { command: [built[OUR_EXAMPLE]] };
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
