// Whether what a peer found is what is there.

/**
 * @typedef {{ events: number, cases: number, edges: unknown[][], variants: [string, number][] }} Found An edge is from, to, how often, and the sum and the
 *   95th percentile of its waits in milliseconds, null where a peer does not tell. Of the truth's percentile there are the least and the largest right one
 *   besides, since ranks are counted in several ways.
 */

/** What stands between the activities of a variant. */
export const THEN = " → ";

/** Our histograms are within 1 %, and a millisecond may be rounded. */
const PERCENTILE_ERROR = 0.01;

/** A sum may have gone through a mean in floating point. */
const SUM_ERROR = 1e-9;

/** @param {Found} told @param {Found} truth */
export function difference(told, truth) {
  return unequal("events", told.events, truth.events) ?? unequal("cases", told.cases, truth.cases) ?? edges(told, truth) ?? variants(told, truth);
}

function unequal(what, told, truth) {
  return told === truth ? undefined : `${what}: ${told}, not ${truth}`;
}

function edges(told, truth) {
  const key = ([from, to]) => `${from} → ${to}`;
  const right = new Map(truth.edges.map((edge) => [key(edge), edge]));
  const wrong = told.edges.map((edge) => edgeDifference(key(edge), edge, right.get(key(edge)))).find(Boolean);
  return wrong ?? unequal("edges", new Set(told.edges.map(key)).size, right.size);
}

function edgeDifference(name, [, , count, sum, p95], truth) {
  if (truth === undefined) return `${name}: it is not there`;
  const [, , rightCount, rightSum, [least, , most]] = truth;
  if (count !== rightCount) return `${name}: ${count}, not ${rightCount}`;
  if (sum !== null && Math.abs(sum - rightSum) > SUM_ERROR * rightSum) return `${name}: waits of ${sum} ms, not ${rightSum}`;
  const isWithin = p95 === null || (p95 >= least * (1 - PERCENTILE_ERROR) - 1 && p95 <= most * (1 + PERCENTILE_ERROR) + 1);
  return isWithin ? undefined : `${name}: a 95th percentile of ${p95} ms, not ${least} to ${most}`;
}

function variants(told, truth) {
  const right = new Map(truth.variants);
  const wrong = told.variants.find(([path, cases]) => right.get(path) !== cases);
  if (wrong) return `${wrong[0]}: ${wrong[1]} cases, not ${right.get(wrong[0]) ?? 0}`;
  return unequal("variants", new Set(told.variants.map(([path]) => path)).size, right.size);
}
