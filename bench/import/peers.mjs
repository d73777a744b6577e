// Who can be measured on this machine, and the command that asks each.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { builtPrograms } from "../report/cargo.mjs";

const VENV = here("venv");
const PYTHON = `${VENV}/bin/python`;

/** @returns {{ found: Record<string, import("../report/run.mjs").Found>, tools?: Record<string, string> }} */
export function foundPeers(root, server) {
  const tools = builtPrograms(here("peers"), "--bins");
  const none = { reason: "bench/import/peers did not build", isFailure: true };
  if (tools === undefined) return { found: Object.fromEntries(["madang", "node", "python", "copy", "csv"].map((peer) => [peer, none])) };
  const ours = builtPrograms(root, "-p", "madang", "--bin", "madang")?.madang;
  const command = (peer, program) => ({
    command: [process.execPath, here("client.mjs"), "--peer", peer, "--spend", tools.spend, "--program", program],
  });
  // Checking alone needs no server.
  const written = (peer, program) => (server ? command(peer, program) : { reason: "PostgreSQL is not installed" });
  const python = server && madePython();
  return {
    found: {
      madang: ours ? command("madang", ours) : { reason: "madang did not build", isFailure: true },
      node: written("node", process.execPath),
      python: python === undefined ? { reason: "psycopg could not be installed into a virtual environment" } : written("python", PYTHON),
      copy: written("copy", server?.psql),
      csv: command("csv", tools.csv_read),
    },
    tools,
  };
}

/** A virtual environment with what requirements.txt pins; undefined when it cannot be made here. */
function madePython() {
  const runs = (...words) => spawnSync(words[0], words.slice(1), { stdio: "ignore" }).status === 0;
  const isMade = existsSync(PYTHON) || runs("python3", "-m", "venv", VENV);
  const isWhole = isMade && runs(PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", here("clients/requirements.txt"));
  return isWhole ? PYTHON : undefined;
}

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
