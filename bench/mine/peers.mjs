// Who can be measured on this machine, and the command that asks each.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { builtPrograms } from "../report/cargo.mjs";

const VENV = here("venv");
const PYTHON = `${VENV}/bin/python`;

/** @returns {{ found: Record<string, import("../report/run.mjs").Found>, generate?: string[] }} */
export function foundPeers(root) {
  const built = builtPrograms(here("peers"), "--bins")?.["mine-peers"];
  const none = { reason: "bench/mine/peers did not build", isFailure: true };
  if (built === undefined) return { found: Object.fromEntries(["madang", "command", "pm4py", "duckdb", "process_mining"].map((peer) => [peer, none])) };
  const python = madePython();
  const inPython = (script) => (python ? { command: [PYTHON, here(script)] } : { reason: "pm4py and duckdb could not be installed into a virtual environment" });
  return {
    found: {
      madang: { command: [built, "ours"] },
      command: commandAt(built, `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/release/madang`),
      pm4py: inPython("clients/pm4py_turn.py"),
      duckdb: inPython("clients/duckdb_turn.py"),
      process_mining: { command: [built, "streaming"] },
    },
    generate: [built, "generate"],
  };
}

/** The whole program takes ten minutes to build, and `madang` is what it does here: it is measured where it is already. */
function commandAt(built, program) {
  if (!existsSync(program)) return { reason: `${program} is not built (cargo build --release --bin madang)` };
  return { command: [built, "command", "--program", program] };
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
