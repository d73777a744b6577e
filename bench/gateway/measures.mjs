// The measures. `peers/src/measure.rs` has the same in Rust.

import { setTimeout } from "node:timers/promises";

import { summary } from "../report/summary.mjs";
import { Watcher } from "./watcher.mjs";

/**
 * @typedef {(path: string, signal?: AbortSignal) => Promise<number>} Call Asks with GET and reads the whole body; its length.
 * @typedef {{ origin: string, path: string, inFlight: number, count: number, residentBytes?: () => Promise<number> }} Asked
 */

/** @type {Record<string, (call: Call, asked: Asked) => Promise<object>>} */
export const MEASURES = { calls, waiting, outage, abort };

/** Compilers that learn while they run have learnt by then. */
const WARM_UP_CALLS = 3000;
const KILOBYTE = 1024;

async function calls(call, { path, inFlight, count }) {
  await inLanes(call, path, inFlight, Math.max(WARM_UP_CALLS, inFlight));
  const spentBefore = process.cpuUsage();
  const begin = performance.now();
  const times = await inLanes(call, path, inFlight, count);
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(spentBefore);
  return { call_us: summary(times), processor_us_per_call: (user + system) / count, per_second: Math.round(count / seconds) };
}

/** Each lane makes its calls one after the other. */
async function inLanes(call, path, inFlight, count) {
  const lanes = Array.from({ length: inFlight }, (_, lane) => {
    const calls = Math.floor(count / inFlight) + (lane < count % inFlight ? 1 : 0);
    return oneLane(call, path, calls);
  });
  return (await Promise.all(lanes)).flat();
}

async function oneLane(call, path, count) {
  const times = [];
  for (let n = 0; n < count; n += 1) {
    const begin = performance.now();
    const length = await call(path);
    times.push((performance.now() - begin) * 1000);
    if (length !== KILOBYTE) throw new Error(`an answer of ${length} bytes came, not of ${KILOBYTE}`);
  }
  return times;
}

/** Calls begun at once while memory is measured: fewer than a server's queue for new connections has places. */
const BEGUN_AT_ONCE = 250;

async function waiting(call, { origin, count, residentBytes }) {
  const watcher = new Watcher(origin);
  await call("/kilobyte");
  const before = await residentBytes();
  let ended = 0;
  const end = () => (ended += 1);
  for (let begun = 0; begun < count; ) {
    const next = Math.min(begun + BEGUN_AT_ONCE, count);
    for (; begun < next; begun += 1) void call(`/never/${begun}`).then(end, end);
    await watcher.untilArrived("never", begun);
  }
  const after = await residentBytes();
  if (ended > 0) throw new Error(`${ended} of ${count} calls no longer wait`);
  return { bytes_per_call: Math.round((after - before) / count), bytes_before: before, bytes_after: after };
}

/** A caller's calls come at their own pace, whatever becomes of those before. */
const CALL_EVERY_MS = 20;

async function outage(call, { origin, path, count }) {
  const watcher = new Watcher(origin);
  const begin = performance.now();
  const ends = [];
  for (let n = 0; n < count; n += 1) {
    await setTimeout(Math.max(0, begin + n * CALL_EVERY_MS - performance.now()));
    ends.push(
      call(path).then(
        () => true,
        () => false,
      ),
    );
  }
  if ((await Promise.all(ends)).includes(true)) throw new Error("a call was answered though the server fails all of them");
  const attempts = (await watcher.counts())[path.slice(1)];
  return { attempts, attempts_per_call: attempts / count };
}

async function abort(call, { origin, count }) {
  const watcher = new Watcher(origin);
  const times = [];
  for (let name = 0; name < count; name += 1) {
    const controller = new AbortController();
    const end = call(`/never/${name}`, controller.signal).then(
      () => "answered",
      () => "called off",
    );
    await watcher.untilBegun(name);
    // Whatever brought the request there is asleep again.
    await setTimeout(2);
    const abortedNs = process.hrtime.bigint();
    controller.abort();
    const closedNs = await watcher.closedNs(name);
    times.push(Math.max(0, Number(closedNs - abortedNs) / 1000));
    if ((await end) === "answered") throw new Error("a call that was called off was answered");
  }
  return { close_us: summary(times) };
}
