import assert from "node:assert/strict";
import { test } from "node:test";

import { withSection } from "./record.mjs";
import { inUnit, median, spread, tableOf, verdict } from "./table.mjs";

test("figures are told in their unit", () => {
  const rows = [
    [3 * 2 ** 20, "bytes", "3.0 MiB"],
    [2048, "bytes", "2 KiB"],
    [850.4, "µs", "850 µs"],
    [43_775, "µs", "43.8 ms"],
    [22_289, "/s", "22,289 /s"],
    [12.34, "µs", "12.3 µs"],
    [1.234, "×", "1.23×"],
    [1.5, "×", "1.5×"],
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
  assert.equal(verdict(15.1, { more: 15 }, (us) => `+${us} µs`), "goal ≤ +15 µs **missed**");
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
    "| start: time | 20.0 µs (10.0 µs–30.0 µs) | 100 µs (100 µs–100 µs) | 0.20 (0.10–0.30); goal ≤ 1/2 met |",
    0,
  );
  check({ madang: [{ failure: "gone" }], node: runs(100) }, "| start: time | – | 100 µs | – |", 1);
});

test("where the goal is a difference, that is told", () => {
  const figure = { name: "p50", of: ({ us }) => us, unit: "µs", goals: { self: { most: 50_000 }, hyper: { more: 15 } } };
  const one = { name: "call", measure: "calls", figures: [figure] };
  const samples = { madang: [{ values: { us: 40 } }, { values: { us: 41 } }], hyper: [{ values: { us: 30 } }, { values: { us: 41.5 } }] };
  const [, , row] = tableOf([{ case: one, samples }], ["madang", "hyper"]).text.split("\n");
  assert.equal(
    row,
    "| call: p50 | 40.5 µs (40.0 µs–41.0 µs); goal ≤ 50.0 ms met | 35.8 µs (30.0 µs–41.5 µs) | +4.8 µs (−0.5 µs–+10.0 µs); goal ≤ +15.0 µs met |",
  );
});

test("a recorded section replaces the one before and nothing else", () => {
  const bench = { name: "one", title: "One" };
  const once = withSection("# Benchmarks\n", bench, "first\n");
  const twice = withSection(`${once}\nafter\n`, bench, "second\n");
  assert.ok(!twice.includes("first") && twice.includes("second") && twice.endsWith("\nafter\n"));
  const other = withSection(twice, { name: "other", title: "Other" }, "third\n");
  assert.ok(other.includes("second") && other.includes("## Other") && other.includes("third"));
});
