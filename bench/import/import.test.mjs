import assert from "node:assert/strict";
import { test } from "node:test";

import { cases } from "./cases.mjs";
import { lineOf } from "./clients/rows.mjs";

const RIGHT = ["1", "A-00000007", "카페라떼", "4500", "2", "3.50", "Y", "2026-11-22", "2026-11-22 15:05:07", "얼음 적게, 컵 두 개"];

/** A right row but for one cell; the line it becomes, or undefined when it is refused. */
function check(at, cell, expected) {
  const cells = RIGHT.with(at, cell);
  assert.equal(lineOf(cells)?.split("\t")[at].trimEnd(), expected, cell);
}

test("Node's cells become what COPY takes, or are refused", () => {
  const rows = [
    [0, " 12 ", "12"],
    [0, "0", undefined],
    [0, "1.0", undefined],
    [0, "", undefined],
    [1, "a\tb\\c", "a\\tb\\\\c"],
    [1, "가".repeat(21), undefined],
    [1, "\u{1f375}".repeat(20), "\u{1f375}".repeat(20)],
    [4, "1001", undefined],
    [5, "3.505", undefined],
    [6, "아니오", "f"],
    [6, "maybe", undefined],
    [7, "2026-02-29", undefined],
    [7, "2028-02-29", "2028-02-29"],
    [8, "2026-11-22 15:05:07", "2026-11-22 15:05:07+09"],
    [8, "2026-11-22 24:00:00", undefined],
    [9, "", "\\N"],
  ];
  for (const [at, cell, expected] of rows) check(at, cell, expected);
  assert.equal(lineOf(RIGHT.slice(1)), undefined, "a cell too few");
});

test("only the largest file has to be asked for", () => {
  const large = cases().filter(({ isLarge }) => isLarge);
  assert.deepEqual([...new Set(large.map(({ count }) => count))], [10_000]);
});
