import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";

import { generatedBundle } from "./generated-bundle.mjs";
import { Host, MEASURES } from "./host.mjs";
import { withSection } from "./record.mjs";
import { inUnit, median, spread, tableOf, verdict } from "./table.mjs";

const source = (name) => readFileSync(new URL(`plugins/${name}`, import.meta.url), "utf8");

/** A plugin in a context of this thread; every message it posts is written down. */
function spawnHere(posted) {
  return (text, onMessage) => {
    const plugin = createContext({});
    plugin.self = plugin;
    plugin.postMessage = (message) => {
      posted.push(message.name);
      queueMicrotask(() => onMessage(message));
    };
    runInContext(text, plugin);
    return { post: (data) => queueMicrotask(() => plugin.onmessage({ data })), stop: () => {} };
  };
}

async function checkPlugin(text, expected) {
  const posted = [];
  const host = new Host(spawnHere(posted));
  const plugin = await host.start(text);
  await new Promise((answered) => host.tellOfOrder(plugin, "7300000000000000001", answered));
  assert.deepEqual(posted, expected);
}

test("each plugin asks for the order it was told of and tells what came", async () => {
  const plain = ["plugin.info.request", "order.get.request", "plugin.unicast.send"];
  await checkPlugin(source("small.js"), plain);
  await checkPlugin(generatedBundle(), plain);
  const logged = plain.flatMap((name, n) => (n === 0 ? [name] : ["log", "log", name]));
  await checkPlugin(source("small-with-log.js"), logged);
});

test("what is measured is counted", async () => {
  const asked = { plugins: 3, inFlight: 2, count: 50 };
  const host = new Host(spawnHere([]));
  const { round_trip_us: times, per_second } = await MEASURES["round-trip"](host, source("small.js"), asked);
  assert.equal(times.count, 50);
  assert.ok(times.min <= times.p50 && times.p50 <= times.p99 && times.p99 <= times.max);
  assert.ok(per_second > 0);
});

test("the generated bundle is as large as it says and the same every time", () => {
  const bundle = generatedBundle();
  assert.equal(bundle, generatedBundle());
  const bytes = Buffer.byteLength(bundle);
  assert.ok(bytes >= 330_000 && bytes < 335_000, String(bytes));
});

test("figures are told in their unit", () => {
  const rows = [
    [3 * 2 ** 20, "bytes", "3.0 MiB"],
    [2048, "bytes", "2 KiB"],
    [850.4, "µs", "850 µs"],
    [43_775, "µs", "43.8 ms"],
    [22_289, "/s", "22,289 /s"],
    [1.234, "×", "1.23×"],
  ];
  for (const [number, unit, expected] of rows) assert.equal(inUnit(number, unit), expected);
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(spread([2, 1, 3], String), "2 (1–3)");
  assert.equal(spread([2], String), "2");
});

test("a goal is met at its bound", () => {
  assert.equal(verdict(0.05, { most: 1 / 20 }), "goal ≤ 1/20 met");
  assert.equal(verdict(0.06, { most: 1 / 20 }), "goal ≤ 1/20 **missed**");
  assert.equal(verdict(1, { least: 1 }), "goal ≥ 1 met");
  assert.equal(verdict(0.9, { least: 1 }), "goal ≥ 1 **missed**");
});

test("ratios are taken round by round, and a failure is told", () => {
  const figure = { name: "time", of: ({ us }) => us, unit: "µs", goals: { node: { most: 0.5 } } };
  const one = { name: "start", measure: "start", figures: [figure] };
  const runs = (...us) => us.map((it) => ({ values: { us: it } }));
  const check = (samples, row, failed) => {
    const table = tableOf([{ case: one, samples }], ["madang", "node"]);
    assert.equal(table.text.split("\n")[2], row);
    assert.equal(table.failed, failed);
  };
  check(
    { madang: runs(10, 20, 30), node: runs(100, 100, 100) },
    "| start: time | 20 µs (10 µs–30 µs) | 100 µs (100 µs–100 µs) | 0.20 (0.10–0.30); goal ≤ 1/2 met |",
    0,
  );
  check({ madang: [{ failure: "gone" }], node: runs(100) }, "| start: time | – | 100 µs | – |", 1);
});

test("a recorded section replaces the one before and nothing else", () => {
  const once = withSection("# Benchmarks\n", "first\n");
  const twice = withSection(`${once}\nafter\n`, "second\n");
  assert.ok(!twice.includes("first") && twice.includes("second") && twice.endsWith("\nafter\n"));
});
