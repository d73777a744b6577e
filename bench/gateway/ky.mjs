// ky on Node's fetch, with the settings it comes with.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

import ky from "ky";

import { knownMeasure, printResult, wholeNumber } from "../report/contract.mjs";
import { residentBytes } from "../report/resident.mjs";
import { MEASURES } from "./measures.mjs";

const { values: options } = parseArgs({
  options: {
    measure: { type: "string" },
    origin: { type: "string" },
    path: { type: "string", default: "/kilobyte" },
    "in-flight": { type: "string", default: "1" },
    count: { type: "string" },
    // The breaker is for whoever has one.
    breaker: { type: "string" },
  },
});
const measure = knownMeasure(MEASURES, options.measure);
const asked = {
  origin: options.origin,
  path: options.path,
  inFlight: wholeNumber("in-flight", options["in-flight"]),
  count: wholeNumber("count", options.count),
};
// Calls that wait longer than ky's ten seconds are what `waiting` is about.
const client = measure === "waiting" ? ky.extend({ timeout: 120_000 }) : ky;
const call = async (path, signal) => (await client.get(`${asked.origin}${path}`, { signal }).arrayBuffer()).byteLength;

const values = await MEASURES[measure](call, { ...asked, residentBytes });
const version = `${versionOf("ky")} on Node ${process.version}`;
printResult({ peer: "ky", version, measure, in_flight: asked.inFlight, count: asked.count, values });
process.exit(0);

function versionOf(name) {
  const entry = createRequire(import.meta.url).resolve(name);
  const folder = entry.slice(0, entry.lastIndexOf(`/${name}/`) + name.length + 2);
  return JSON.parse(readFileSync(`${folder}package.json`, "utf8")).version;
}
