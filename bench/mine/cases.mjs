// What is measured, with whom, and what we want of it.

/** @typedef {import("../report/run.mjs").Case & { format: string, isGrowth?: boolean, isModel?: boolean, mayLeaveOut?: boolean }} MineCase `count` is
 *   events of a log in this format. A model may leave cases out when it was asked to take rare ones for noise. */

const MEBIBYTE = 2 ** 20;
const MILLION = 1_000_000;

/** @returns {MineCase[]} */
export function cases() {
  return [
    mapOf("CSV", { measure: "map", format: "csv", peers: ["madang", "command", "pm4py", "duckdb"] }),
    mapOf("CSV with starts", { measure: "map", format: "csv-with-starts", peers: ["madang", "pm4py", "duckdb"] }),
    mapOf("Parquet", { measure: "parquet", format: "parquet", peers: ["madang", "duckdb"], goals: {}, memory: {} }),
    xes({ peers: ["madang", "process_mining"] }),
    xes({ peers: ["madang", "process_mining", "pm4py"], isLarge: true }),
    mapOf("a till's journal", { measure: "journal", format: "journal", peers: ["madang"], goals: {}, memory: {} }),
    model("inductive", "inductive miner", false),
    model("inductive-noise", "inductive miner, noise 0.2", true),
    live(),
    mapOf("CSV", { measure: "map", format: "csv", peers: ["madang", "duckdb"], events: 10 * MILLION, goals: {}, memory: {} }),
    growth(),
  ];
}

const MAP_GOALS = { self: { most: 300_000 }, pm4py: { most: 1 / 10 }, duckdb: { most: 1 / 3 } };

function mapOf(what, { measure, format, peers, events = MILLION, goals = MAP_GOALS, memory = { self: { most: 50 * MEBIBYTE } } }) {
  const name = `${events / MILLION}M events, ${what} → map with waits, variants`;
  return { name, measure, format, count: events, peers, figures: [time(goals), processor(), peak(memory)] };
}

function xes({ peers, isLarge = false }) {
  const name = `1M events, XES → map, variants${isLarge ? ", pm4py as well" : ""}`;
  return { name, measure: "xes", format: "xes", count: MILLION, peers, isLarge, figures: [time({ process_mining: { most: 1 } }), processor(), peak()] };
}

function model(measure, what, mayLeaveOut) {
  const fitting = { name: "cases that fit it", of: ({ fitting_percent }) => fitting_percent, unit: "%", goals: {} };
  const figures = [time({ pm4py: { most: 1 / 10 } }), processor(), fitting];
  return { name: `1M events in memory → ${what}`, measure, format: "csv", count: MILLION, peers: ["madang", "pm4py"], figures, isModel: true, mayLeaveOut };
}

function live() {
  const part = (name, goals = {}) => ({ name, of: ({ event_us }) => event_us[name], unit: "µs", goals });
  const look = { name: "a look at all that is known", of: ({ look_us }) => look_us, unit: "µs", goals: {} };
  const figures = [part("mean", { self: { most: 5 } }), part("p50"), part("p99", { self: { most: 5 } }), part("max"), look, peak()];
  return { name: "live, one event after the other", measure: "live", format: "csv", count: MILLION, peers: ["madang"], figures };
}

/** Ten times the events for ten times the work: linear, with a tenth more for what no longer fits the caches. By processor time, so that a busy machine does not decide it. */
function growth() {
  const times = { name: "processor time, of that of 1M", of: ({ times_of_tenth }) => times_of_tenth, unit: "×", goals: { self: { most: 11 } } };
  return { name: "10M events, CSV", measure: "map", format: "csv", count: 10 * MILLION, peers: ["madang"], figures: [times], isGrowth: true };
}

function time(goals = {}) {
  return { name: "time", of: ({ seconds }) => seconds * 1e6, unit: "µs", goals };
}

/** All threads together: what a busy machine changes least. */
function processor() {
  return { name: "processor time", of: ({ processor_seconds }) => processor_seconds * 1e6, unit: "µs", goals: {} };
}

function peak(goals = {}) {
  return { name: "peak memory", of: ({ memory_bytes_max }) => memory_bytes_max, unit: "bytes", goals };
}
