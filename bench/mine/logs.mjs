// The logs that all read. Only those of the case at hand are on the disk.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const SEED = 20_261_123;

/** The name of a file tells programs its format. */
const ENDS = { csv: "csv", "csv-with-starts": "starts.csv", xes: "xes", parquet: "parquet", journal: "journal" };

/**
 * @typedef {{ file: string, bytes: number, found: import("./same.mjs").Found }} Log
 * @param {string[]} generate The command that writes them.
 * @returns {(wanted: { format: string, events: number }[]) => Log[]}
 */
export function logsBy(generate) {
  const folder = mkdtempSync(join(tmpdir(), "madang-bench-mine-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const made = new Map();
  return (wanted) => {
    const files = wanted.map(({ format, events }) => join(folder, `${events}.${ENDS[format]}`));
    for (const file of made.keys()) {
      if (files.includes(file)) continue;
      rmSync(file, { recursive: true });
      made.delete(file);
    }
    wanted.forEach((log, at) => made.has(files[at]) || made.set(files[at], written(generate, log, files[at])));
    return files.map((file) => made.get(file));
  };
}

function written([program, ...first], { format, events }, file) {
  const run = spawnSync(program, [...first, "--format", format, "--events", events, "--seed", SEED, "--to", file].map(String), {
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  if (run.status !== 0) throw new Error(`${file} could not be generated: ${run.stderr}`);
  const { bytes, found } = JSON.parse(run.stdout.trimEnd().split("\n").at(-1));
  console.log(`written: ${events.toLocaleString("en-US")} events as ${format}, ${(bytes / 1e6).toFixed(1)} MB, ${found.cases} cases, ${found.edges.length} edges, ${found.variants.length} variants`);
  return { file, bytes, found };
}
