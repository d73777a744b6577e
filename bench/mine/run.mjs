// Logs of a shop's days, mined by us and by others: see ../README.md.

import { ROOT, runBench } from "../report/run.mjs";
import { cases } from "./cases.mjs";
import { fittingShare } from "./fits.mjs";
import { SEED, logsBy } from "./logs.mjs";
import { foundPeers } from "./peers.mjs";
import { THEN, difference } from "./same.mjs";

// What was written is gone however this ends.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
const { found, generate } = foundPeers(ROOT);
const logsOf = logsBy(generate);

await runBench({
  name: "mine",
  title: "Process mining",
  cases: cases(),
  found,
  argumentsOf: () => ["--seed", SEED],
  during: (ask, one, count) => (one.isGrowth ? growth(ask, one, count) : turn(ask, one, logsOf([{ format: one.format, events: count }])[0])),
});

/** A turn counts only if what it found is right. */
function turn(ask, one, log) {
  const { found: told, ...result } = ask(["--file", log.file]);
  if (result.failure) return result;
  return one.isModel ? fitting(one, told.tree, log, result) : (wrong(difference(told, log.found)) ?? result);
}

/** Models may differ: miners cut alike where several cuts are right. Without noise every case has to be a way through. */
function fitting(one, tree, log, result) {
  const share = fittingShare(tree, log.found.variants, THEN);
  const isWhole = one.mayLeaveOut || share === 1;
  return isWhole ? { ...result, values: { ...result.values, fitting_percent: share * 100 } } : wrong(`of all cases ${share} are ways through its model`);
}

function wrong(failure) {
  return failure && { failure };
}

/** The whole log beside its first tenth, by what was computed: by the clock, what else the machine does would be the most of it. */
function growth(ask, one, count) {
  const [whole, tenth] = logsOf([count, count / 10].map((events) => ({ format: one.format, events: Math.round(events) })));
  const small = turn(ask, one, tenth);
  const large = small.failure ? small : turn(ask, one, whole);
  return large.failure ? large : { ...large, values: { ...large.values, times_of_tenth: large.values.processor_seconds / small.values.processor_seconds } };
}
