import assert from "node:assert/strict";
import { test } from "node:test";

import { cases } from "./cases.mjs";
import { agreement, canonical, difference } from "./same.mjs";

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

test("the order of parts matters where the operator says so", () => {
  const check = (tree, expected) => assert.deepEqual(canonical(tree), expected);
  check(["→", "b", ["×", "d", null, "c"]], ["→", "b", ["×", "c", "d", null]]);
  check(["↻", "b", "a"], ["↻", "b", "a"]);
  check(["∧", ["→", "c", "d"], "a"], ["∧", "a", ["→", "c", "d"]]);
});

test("models are compared with that of the peer that came first, case by case", () => {
  const agreed = agreement();
  assert.equal(agreed({ name: "one" }, { tree: ["×", "a", "b"] }, TRUTH), undefined);
  assert.equal(agreed({ name: "one" }, { tree: ["×", "b", "a"] }, TRUTH), undefined);
  assert.equal(agreed({ name: "one" }, { tree: "a" }, TRUTH), 'its model is "a", not ["×","a","b"]');
  assert.equal(agreed({ name: "other" }, { tree: "a" }, TRUTH), undefined);
  assert.equal(agreed({ name: "one" }, undefined, TRUTH), "it does not tell what it found");
});

test("names of cases are different, and only pure Python on 300 MB of XML has to be asked for", () => {
  const names = cases().map(({ name, measure }) => `${name} ${measure}`);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(
    cases().filter(({ isLarge }) => isLarge).map(({ measure }) => measure),
    ["xes"],
  );
});
