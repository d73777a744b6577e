// What is measured, with whom, and what we want of it.

/** @typedef {import("../report/run.mjs").Case & { path?: string, inFlight?: number, breaker?: "on" | "off", isInPlugin?: boolean }} GatewayCase */

const ALL = ["madang", "ky", "hyper", "reqwest"];
const WAITING_CALLS = 10_000;

/** @returns {GatewayCase[]} */
export function cases() {
  return [
    {
      ...answered("one call at a time", 1, 10_000),
      figures: [processor(), perSecond(), { name: "p50", of: ({ call_us }) => call_us.p50, unit: "µs", goals: { hyper: { more: 15 } } }],
    },
    { ...answered("64 in flight", 64, 30_000), figures: [processor(), perSecond()] },
    waiting(),
    outage("answers 503", "/unavailable"),
    outage("hangs up", "/cut"),
    withoutBreaker(outage("answers 503", "/unavailable")),
    withoutBreaker(outage("hangs up", "/cut")),
    abort(),
    abortInPlugin(),
  ];
}

function answered(name, inFlight, count) {
  return { name: `1 kB on keep-alive, ${name}`, measure: "calls", inFlight, count, peers: ALL };
}

function processor() {
  return { name: "processor time a call", of: ({ processor_us_per_call }) => processor_us_per_call, unit: "µs", goals: { ky: { most: 1 / 4 } } };
}

function perSecond() {
  return { name: "calls", of: ({ per_second }) => per_second, unit: "/s", goals: {} };
}

function waiting() {
  const figures = [{ name: "memory each", of: ({ bytes_per_call }) => bytes_per_call, unit: "bytes", goals: {} }];
  const name = `${WAITING_CALLS.toLocaleString("en-US")} calls waiting`;
  return { name, measure: "waiting", count: WAITING_CALLS, peers: ALL, figures };
}

/** The goal is ours alone: a server in trouble gets hardly more than it is asked. hyper asks once, as anybody can see. */
function outage(name, path) {
  const goals = { self: { most: 1.2 } };
  const figures = [{ name: "attempts a call", of: ({ attempts_per_call }) => attempts_per_call, unit: "×", goals }];
  return { name: `outage, the server ${name}`, measure: "outage", path, count: 250, peers: ["madang", "ky", "reqwest"], figures };
}

/** What the retry budget does by itself. */
function withoutBreaker(one) {
  return { ...one, name: `${one.name}, without our breaker`, breaker: "off", peers: ["madang"] };
}

/** From the beginning of the turn of the plugin in which it aborts, which is a little before it does. */
function abortInPlugin() {
  const name = "called off by a plugin's AbortController → the server sees the close";
  return { ...abort(), name, peers: ["madang"], isInPlugin: true };
}

function abort() {
  const goals = { self: { most: 50_000 } };
  const figures = [
    { name: "p50", of: ({ close_us }) => close_us.p50, unit: "µs", goals: {} },
    { name: "longest", of: ({ close_us }) => close_us.max, unit: "µs", goals },
  ];
  return { name: "called off → the server sees the close", measure: "abort", count: 200, peers: ALL, figures };
}
