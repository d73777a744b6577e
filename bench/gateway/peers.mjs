// Who can be measured on this machine, the command that asks each, and the server that all of them call.

import { fileURLToPath } from "node:url";

import { builtPrograms } from "../report/cargo.mjs";

const IN_RUST = ["madang", "hyper", "reqwest"];

export function foundPeers() {
  const built = builtPrograms(here("peers"), "--bins");
  const ky = { command: [process.execPath, "--expose-gc", here("ky.mjs")] };
  const ours = (name) => (built === undefined ? { reason: "bench/gateway/peers did not build", isFailure: true } : { command: [built[name]] });
  const { madang, hyper, reqwest } = Object.fromEntries(IN_RUST.map((name) => [name, ours(name)]));
  // Without the server nobody is measured.
  return { found: { madang, ky: built ? ky : { reason: "there is no server" }, hyper, reqwest }, server: built?.server };
}

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
