// From samples to a table: medians with their spread, ratios (or differences) round by round, and whether each goal was met.

const OURS = "madang";

/** A Markdown table, and how many cells in it could not be measured or missed their goal by failing. */
export function tableOf(measured, peers) {
  const others = peers.filter((peer) => peer !== OURS);
  const head = ["what", ...peers, ...others.map((peer) => `${OURS} ÷ ${peer}`)];
  const rows = measured.flatMap(({ case: one, samples }) => one.figures.map((figure) => rowOf(one, figure, samples, peers, others)));
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const failures = measured.flatMap(({ case: one, samples }) => failuresOf(one, samples));
  return { text: [...lines, ...failures.map((line) => `\n${line}`)].join("\n"), failed: failures.length };
}

function rowOf(one, figure, samples, peers, others) {
  const figures = Object.fromEntries(peers.map((peer) => [peer, figuresOf(figure, samples[peer])]));
  return [
    `${one.name}: ${figure.name}`,
    ...peers.map((peer) => valueCell(figure, figures[peer], figure.goals.self, peer)),
    ...others.map((peer) => comparedCell(figure, figures[OURS], figures[peer], figure.goals[peer])),
  ];
}

function figuresOf(figure, samples = []) {
  return samples.filter(({ values }) => values).map(({ values }) => figure.of(values));
}

function valueCell(figure, numbers, ownGoal, peer) {
  if (numbers.length === 0) return "–";
  const tell = (number) => inUnit(number, figure.unit);
  const told = spread(numbers, tell);
  return peer === OURS && ownGoal ? `${told}; ${verdict(median(numbers), ownGoal, tell)}` : told;
}

/** How many times the peer's figure ours is; or, where the goal bounds that, how much more it is. */
function comparedCell(figure, ours = [], theirs, goal) {
  const rounds = Math.min(ours.length, theirs.length);
  if (rounds === 0) return "–";
  const isDifference = goal?.more !== undefined;
  const tell = isDifference ? (number) => added(number, figure.unit) : (ratio) => ratio.toPrecision(2);
  const compared = Array.from({ length: rounds }, (_, n) => (isDifference ? ours[n] - theirs[n] : ours[n] / theirs[n]));
  const told = spread(compared, tell);
  return goal ? `${told}; ${verdict(median(compared), goal, isDifference ? tell : short)}` : told;
}

/** @param {import("./run.mjs").Goal} goal */
export function verdict(number, { most, more, least }, tell = short) {
  const upper = most ?? more;
  const isMet = upper !== undefined ? number <= upper : number >= least;
  const bound = upper !== undefined ? `≤ ${tell(upper)}` : `≥ ${tell(least)}`;
  return `goal ${bound} ${isMet ? "met" : "**missed**"}`;
}

export function spread(numbers, tell) {
  const sorted = [...numbers].sort((a, b) => a - b);
  if (sorted.length === 1) return tell(sorted[0]);
  return `${tell(median(sorted))} (${tell(sorted[0])}–${tell(sorted.at(-1))})`;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function inUnit(number, unit) {
  if (unit === "bytes") return number >= 2 ** 20 ? `${(number / 2 ** 20).toFixed(1)} MiB` : `${Math.round(number / 1024)} KiB`;
  if (unit === "µs") return microseconds(number);
  if (unit === "×") return `${Number(number.toFixed(2))}×`;
  return `${Math.round(number).toLocaleString("en-US")} ${unit}`;
}

function microseconds(number) {
  if (number >= 10_000) return `${(number / 1000).toFixed(1)} ms`;
  return number < 100 ? `${number.toFixed(1)} µs` : `${Math.round(number)} µs`;
}

function added(number, unit) {
  return `${number < 0 ? "−" : "+"}${inUnit(Math.abs(number), unit)}`;
}

function short(bound) {
  return bound < 1 ? `1/${Math.round(1 / bound)}` : String(bound);
}

function failuresOf(one, samples) {
  return Object.entries(samples).flatMap(([peer, runs]) => {
    const failed = runs.filter(({ failure }) => failure);
    return failed.length === 0 ? [] : [`${peer} failed ${failed.length} of ${runs.length} times at “${one.name}” (${one.measure}): ${failed[0].failure}`];
  });
}
