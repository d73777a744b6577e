// The files that all import. One at a time is on the disk: the largest is 10 GB.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SEED = 20_261_122;

/**
 * @typedef {{ file: string, rows: number, price_sum: number }} Data
 * @param {string} generate The program that writes them.
 * @returns {(megabytes: number) => Data}
 */
export function generatedBy(generate) {
  const folder = mkdtempSync(join(tmpdir(), "madang-bench-data-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  let made;
  return (megabytes) => {
    if (made?.megabytes === megabytes) return made;
    if (made) rmSync(made.file);
    made = { megabytes, ...written(generate, megabytes, join(folder, `sale-${megabytes}.csv`)) };
    return made;
  };
}

function written(generate, megabytes, file) {
  const run = spawnSync(generate, ["--megabytes", megabytes, "--seed", SEED, "--to", file].map(String), { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${file} could not be generated: ${run.stderr}`);
  return { file, ...JSON.parse(run.stdout) };
}
