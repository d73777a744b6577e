// Who can be measured on this machine, the command that asks each, and the server that all of them call.

import { fileURLToPath } from "node:url";

import { builtPrograms } from "../report/cargo.mjs";

const IN_RUST = ["hyper", "reqwest"];

export function foundPeers(root) {
  const built = builtPrograms(here("peers"), "--bins");
  const ky = { command: [process.execPath, "--expose-gc", here("ky.mjs")] };
  const ours = (name) => (built === undefined ? { reason: "bench/gateway/peers did not build", isFailure: true } : { command: [built[name]] });
  const { hyper, reqwest } = Object.fromEntries(IN_RUST.map((name) => [name, ours(name)]));
  const madang = built === undefined ? ours("madang") : gatewayAndTill(built.madang, builtPrograms(root, "-p", "madang", "--bin", "madang")?.madang);
  // Without the server nobody is measured.
  return { found: { madang, ky: built ? ky : { reason: "there is no server" }, hyper, reqwest }, server: built?.server };
}

/** The gateway by itself, and for cases of plugins a whole till. */
function gatewayAndTill(gateway, till) {
  if (till === undefined) return { reason: "madang did not build", isFailure: true };
  return { command: ({ isInPlugin }) => (isInPlugin ? [process.execPath, here("plugin.mjs"), "--madang", till] : [gateway]) };
}

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
