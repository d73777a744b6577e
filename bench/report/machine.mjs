// On what, and of what, figures were taken.

import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";

const BUSY_LOAD = 0.5;

export function describeMachine(root) {
  const commit = execFileSync("git", ["-C", root, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const machine = {
    date: new Date().toISOString().slice(0, 19),
    commit,
    processor: cpus()[0].model,
    cores: cpus().length,
    memory_bytes: totalmem(),
    kernel: release(),
    node: process.version,
    load_before: Math.round(loadavg()[0] * 10) / 10,
  };
  if (machine.load_before > BUSY_LOAD) console.log(`the machine is busy (load ${machine.load_before}): the figures will be rough`);
  return machine;
}

export function machineLine({ date, commit, processor, cores, memory_bytes, kernel, node, load_before }, rounds) {
  const gigabytes = Math.round(memory_bytes / 2 ** 30);
  return `${date.slice(0, 10)}, commit ${commit}, ${cores} × ${processor}, ${gigabytes} GB, Linux ${kernel}, Node ${node}, load before ${load_before}, ${rounds} rounds`;
}
