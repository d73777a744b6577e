// The command line that every peer understands, and the one JSON object it prints: see ../README.md, "The contract".

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";

import { MEASURES } from "./host.mjs";

export const CONTRACT = 1;

export function readArguments() {
  const { values } = parseArgs({
    options: {
      measure: { type: "string" },
      plugin: { type: "string" },
      plugins: { type: "string", default: "1" },
      "in-flight": { type: "string", default: "1" },
      count: { type: "string" },
    },
  });
  if (!(values.measure in MEASURES)) {
    throw new Error(`--measure is one of ${Object.keys(MEASURES).join(", ")}; got ${values.measure}`);
  }
  return {
    measure: values.measure,
    plugin: basename(values.plugin),
    source: readFileSync(values.plugin, "utf8"),
    plugins: number("plugins", values.plugins),
    inFlight: number("in-flight", values["in-flight"]),
    count: number("count", values.count),
  };
}

export function printResult(peer, version, { measure, plugin, plugins, inFlight, count }, values) {
  const result = { contract: CONTRACT, peer, version, measure, plugin, plugins, in_flight: inFlight, count, values };
  console.log(JSON.stringify(result));
}

function number(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is a whole number from 1; got ${text}`);
  return value;
}
