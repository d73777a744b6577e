// The command line that every peer understands, and the one JSON object it prints: see ../README.md, "The contract".

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";

import * as contract from "../report/contract.mjs";
import { MEASURES } from "./host.mjs";

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
  return {
    measure: contract.knownMeasure(MEASURES, values.measure),
    plugin: basename(values.plugin),
    source: readFileSync(values.plugin, "utf8"),
    plugins: contract.wholeNumber("plugins", values.plugins),
    inFlight: contract.wholeNumber("in-flight", values["in-flight"]),
    count: contract.wholeNumber("count", values.count),
  };
}

export function printResult(peer, version, { measure, plugin, plugins, inFlight, count }, values) {
  contract.printResult({ peer, version, measure, plugin, plugins, in_flight: inFlight, count, values });
}
