// What is measured, with whom, and what we want of it.

/** @typedef {import("../report/run.mjs").Case & { isWritten: boolean }} ImportCase `count` is megabytes of CSV. */

const MEBIBYTE = 2 ** 20;
/** The whole process, at every size. */
const MEMORY_GOAL = { most: 64 * MEBIBYTE };

/** Minutes that one client may take for so many megabytes: a busy machine gives Node a megabyte a second. */
const MINUTES = { 10: 5, 100: 5, 1_000: 20, 10_000: 180 };

/** @returns {ImportCase[]} */
export function cases() {
  return Object.keys(MINUTES).map(Number).flatMap((megabytes) => [written(megabytes), checked(megabytes), unique(megabytes)]);
}

function written(megabytes) {
  const figures = [
    { name: "rows", of: ({ rows_per_second }) => rows_per_second, unit: "/s", goals: { node: { least: 7 } } },
    { name: "time", of: ({ seconds }) => seconds * 1e6, unit: "µs", goals: { copy: { most: 1.5 } } },
    processor(),
    memory({ node: { most: 1 / 2 } }),
  ];
  return { ...sized(megabytes), name: `${size(megabytes)} into PostgreSQL`, measure: "import", peers: ["madang", "node", "python", "copy"], figures, isWritten: true };
}

function checked(megabytes) {
  return { ...sized(megabytes), name: `${size(megabytes)} checked only`, measure: "check", peers: ["madang", "csv"], figures: [rows(), processor(), memory()], isWritten: false };
}

function unique(megabytes) {
  const name = `${size(megabytes)} checked only, no id twice`;
  return { ...sized(megabytes), name, measure: "check-unique", peers: ["madang"], figures: [rows(), processor(), memory()], isWritten: false };
}

/** 10 GB need an hour and as much room on the disk thrice. */
function sized(megabytes) {
  return { count: megabytes, minutesMax: MINUTES[megabytes], isLarge: megabytes > 1_000 };
}

function size(megabytes) {
  return megabytes > 1_000 ? `${megabytes / 1_000} GB` : `${megabytes.toLocaleString("en-US")} MB`;
}

function rows() {
  return { name: "rows", of: ({ rows_per_second }) => rows_per_second, unit: "/s", goals: {} };
}

function processor() {
  return { name: "processor time of the client", of: ({ processor_seconds }) => processor_seconds * 1e6, unit: "µs", goals: {} };
}

function memory(goals = {}) {
  return { name: "peak memory of the client", of: ({ memory_bytes_max }) => memory_bytes_max, unit: "bytes", goals: { self: MEMORY_GOAL, ...goals } };
}
