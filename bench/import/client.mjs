// One client's turn: runs its program, looks at what it cost, and prints what the contract asks for.
// `client.mjs --peer NAME --measure import|check|check-unique --count MEGABYTES --file F --rows N --spend PROGRAM --program PROGRAM [--host H] [--address URL]`

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { knownMeasure, printResult, wholeNumber } from "../report/contract.mjs";

const NAMES = ["peer", "measure", "count", "file", "rows", "spend", "program", "host", "address"];
const { values: options } = parseArgs({ options: Object.fromEntries(NAMES.map((name) => [name, { type: "string" }])) });
const { file, host, program } = options;
const folder = mkdtempSync(join(tmpdir(), "madang-bench-client-"));

/** What each peer is run with, by measure. */
const COMMANDS = {
  import: {
    madang: () => [program, "import", "--mapping", mapping(), "--to", `${options.address}#sale`, "--state", join(folder, "state"), file],
    node: () => [program, here("clients/node.mjs"), file, host],
    python: () => [program, here("clients/python.py"), file, host],
    copy: () => [program, "-X", "-q", "-h", host, "-U", "postgres", "-d", "postgres", "-c", `\\copy sale FROM '${file}' WITH (FORMAT csv, HEADER)`],
  },
  check: { madang: () => dry(mapping()), csv: () => [program, file] },
  "check-unique": { madang: () => dry(mapping('name = "id"', 'name = "id"\nunique = true')) },
};

try {
  const measure = knownMeasure(COMMANDS, options.measure);
  const rows = wholeNumber("rows", options.rows);
  const spent = spend(COMMANDS[measure][options.peer]());
  const processor_seconds = spent.user_seconds + spent.system_seconds;
  const values = { ...spent, rows, rows_per_second: rows / spent.seconds, processor_seconds };
  printResult({ peer: options.peer, measure, count: wholeNumber("count", options.count), values });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function dry(toml) {
  return [program, "import", "--mapping", toml, "--dry-run", file];
}

/** The mapping as a file, with one thing in it changed. */
function mapping(before = "", after = "") {
  const path = join(folder, "sale.toml");
  writeFileSync(path, readFileSync(here("sale.toml"), "utf8").replace(before, after));
  return path;
}

function spend(command) {
  const run = spawnSync(options.spend, command, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (run.status !== 0) throw new Error(`${command[0]} ended with ${run.signal ?? run.status}`);
  return JSON.parse(run.stdout.trimEnd().split("\n").at(-1));
}

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
