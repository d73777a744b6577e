import assert from "node:assert/strict";
import { test } from "node:test";

import { cases } from "./cases.mjs";
import { fits, fittingShare } from "./fits.mjs";
import { THEN, difference } from "./same.mjs";

const TRUTH = {
  events: 5,
  cases: 2,
  edges: [
    ["a", "b", 2, 3000, [900, 1000, 2000]],
    ["b", "c", 1, 50, [50, 50, 50]],
  ],
  variants: [
    ["a → b → c", 1],
    ["a → b", 1],
  ],
};

/** What is right but for what is changed in it. */
function told(changed) {
  const edges = [
    ["b", "c", 1, 50, 50],
    ["a", "b", 2, 3000, 1005],
  ];
  return { ...TRUTH, edges, ...changed };
}

function check(changed, expected) {
  assert.equal(difference(told(changed), TRUTH), expected, JSON.stringify(changed));
}

test("what a peer found is compared with what is there", () => {
  const edge = (count, sum, p95) => [
    ["a", "b", count, sum, p95],
    ["b", "c", 1, 50, 50],
  ];
  const rows = [
    [{}, undefined],
    [{ events: 6 }, "events: 6, not 5"],
    [{ cases: 1 }, "cases: 1, not 2"],
    [{ edges: edge(3, 3000, 1000) }, "a → b: 3, not 2"],
    [{ edges: edge(2, 3001, 1000) }, "a → b: waits of 3001 ms, not 3000"],
    [{ edges: edge(2, null, null) }, undefined],
    [{ edges: edge(2, 3000, 2021) }, undefined],
    [{ edges: edge(2, 3000, 2022) }, "a → b: a 95th percentile of 2022 ms, not 900 to 2000"],
    [{ edges: edge(2, 3000, 889) }, "a → b: a 95th percentile of 889 ms, not 900 to 2000"],
    [{ edges: [["b", "c", 1, 50, 50]] }, "edges: 1, not 2"],
    [{ edges: [["c", "a", 1, 50, 50]] }, "c → a: it is not there"],
    [{ variants: [["a → b", 2]] }, "a → b: 2 cases, not 1"],
    [{ variants: [["b → a", 2]] }, "b → a: 2 cases, not 0"],
    [{ variants: [["a → b", 1]] }, "variants: 1, not 2"],
  ];
  for (const [changed, expected] of rows) check(changed, expected);
});

test("a case is a way through a model or is not", () => {
  const TREE = ["→", "a", ["×", null, "b"], ["∧", ["×", "c", "d"], ["↻", "e", "f"]], ["↻", ["×", "g", "h"], null]];
  const rows = [
    ["a c e g", true],
    ["a b e f e c g", true],
    ["a e c f e h g h", true],
    ["a d e g", true],
    ["a c e", false],
    ["a c d e g", false],
    ["a c e f g", false],
    ["b a c e g", false],
    ["a g c e", false],
    ["", false],
  ];
  for (const [trace, expected] of rows) assert.equal(fits(TREE, trace.split(" ").filter(Boolean)), expected, trace);
  assert.equal(fits(["×", null, "a"], []), true);
  assert.equal(fits(["↻", ["×", null, "a"], null], ["a", "a"]), true);
  assert.throws(() => fits(["∨", "a", "b"], ["a"]), /operator ∨/);
});

test("of variants the cases are counted", () => {
  assert.equal(fittingShare(["→", "a", "b"], [["a → b", 3], ["b → a", 1]], THEN), 0.75);
});

test("names of cases are different, and only pure Python on 300 MB of XML has to be asked for", () => {
  const names = cases().map(({ name, measure }) => `${name} ${measure}`);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(
    cases().filter(({ isLarge }) => isLarge).map(({ measure }) => measure),
    ["xes"],
  );
});
