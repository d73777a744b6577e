// What is measured, with whom, and what we want of it. A goal is a bound on the ratio of our figure to the peer's.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { generatedBundle } from "./generated-bundle.mjs";

const SMALL = here("plugins/small.js");
const SMALL_WITH_LOG = here("plugins/small-with-log.js");
const ALL = ["madang", "node", "chromium"];

/** @returns {(import("../report/run.mjs").Case & { plugin: string, plugins?: number, inFlight?: number })[]} */
export function cases() {
  const node20 = { node: { most: 1 / 20 } };
  const half = { node: { most: 1 / 2 }, chromium: { most: 1 / 2 } };
  return [
    start("small plugin", SMALL, 40, node20),
    memory("small plugin", SMALL, 20, node20),
    ...bundles().flatMap(({ name, file, isCompared }) => [
      start(name, file, 20, isCompared ? half : {}),
      memory(name, file, 10, isCompared ? half : {}),
    ]),
    ...[1, 10, 100].flatMap((plugins) => [oneAtATime(plugins), many(plugins)]),
    reported(oneAtATime(1), SMALL_WITH_LOG),
    reported(many(1), SMALL_WITH_LOG),
    { ...memory("100 plugins idle", SMALL, 100, { node: { most: 1 / 10 } }), peers: ["madang", "node"] },
    spinning(),
  ];
}

function start(what, plugin, count, goals) {
  const figures = [{ name: "time", of: (values) => values.start_us.p50, unit: "µs", goals }];
  return { name: `start, ${what}`, measure: "start", plugin, count, peers: ALL, figures };
}

function memory(what, plugin, count, goals) {
  const figures = [{ name: "memory each", of: (values) => values.bytes_per_plugin, unit: "bytes", goals }];
  return { name: `start, ${what}`, measure: "memory", plugin, count, peers: ALL, figures };
}

function oneAtATime(plugins) {
  const goals = { node: { most: 1 / 2 }, chromium: { most: 1 / 3 } };
  return {
    name: `round trip, ${plugins} plugins, one at a time`,
    measure: "round-trip",
    plugin: SMALL,
    plugins,
    count: 5000,
    peers: ALL,
    figures: [
      { name: "p50", of: (values) => values.round_trip_us.p50, unit: "µs", goals },
      { name: "p99", of: (values) => values.round_trip_us.p99, unit: "µs", goals },
    ],
  };
}

function many(plugins) {
  const goals = { chromium: { least: 1 } };
  return {
    name: `round trip, ${plugins} plugins, 64 in flight`,
    measure: "round-trip",
    plugin: SMALL,
    plugins,
    inFlight: 64,
    count: 20_000,
    peers: ALL,
    figures: [{ name: "throughput", of: (values) => values.per_second, unit: "/s", goals }],
  };
}

/** The same with another plugin, and no goal. */
function reported(measured, plugin) {
  const figures = measured.figures.map((figure) => ({ ...figure, goals: {} }));
  return { ...measured, name: `${measured.name}, with an SDK's logs`, plugin, figures };
}

/** The goal is ours alone: what a spinning plugin costs the others. */
function spinning() {
  return {
    name: "100 plugins, one spinning",
    measure: "spinning",
    plugin: SMALL,
    plugins: 100,
    count: 3000,
    peers: ["madang", "node"],
    figures: [
      { name: "p99 of the others", of: (values) => values.with_us.p99, unit: "µs", goals: {} },
      {
        name: "p99 with ÷ without",
        of: (values) => values.with_us.p99 / values.without_us.p99,
        unit: "×",
        goals: { self: { most: 1.5 } },
      },
    ],
  };
}

/** The bundles once they are built (`npm run build` in bundle/); until then one made here, named as such. */
function bundles() {
  const built = [
    { name: "bundle of mixed libraries", file: here("bundle/built/large/main.js"), isCompared: true },
    { name: "bundle of zod 4 alone", file: here("bundle/built/zod/main.js"), isCompared: false },
    { name: "bundle of an SDK alone", file: here("bundle/built/small/main.js"), isCompared: false },
  ].filter(({ file }) => existsSync(file));
  return built.length > 0 ? built : [{ name: "generated bundle, 330 kB", file: generated(), isCompared: true }];
}

function generated() {
  const folder = here("../results");
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/generated-bundle.js`;
  writeFileSync(file, generatedBundle());
  return file;
}

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
