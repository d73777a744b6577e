// From samples to a table: medians with their spread, ratios round by round, and whether each goal was met.

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
    ...others.map((peer) => ratioCell(figures[OURS], figures[peer], figure.goals[peer])),
  ];
}

function figuresOf(figure, samples = []) {
  return samples.filter(({ values }) => values).map(({ values }) => figure.of(values));
}

function valueCell(figure, numbers, ownGoal, peer) {
  if (numbers.length === 0) return "–";
  const told = spread(numbers, (number) => inUnit(number, figure.unit));
  return peer === OURS && ownGoal ? `${told}; ${verdict(median(numbers), ownGoal)}` : told;
}

function ratioCell(ours = [], theirs, goal) {
  const rounds = Math.min(ours.length, theirs.length);
  if (rounds === 0) return "–";
  const ratios = Array.from({ length: rounds }, (_, round) => ours[round] / theirs[round]);
  const told = spread(ratios, (ratio) => ratio.toPrecision(2));
  return goal ? `${told}; ${verdict(median(ratios), goal)}` : told;
}

export function verdict(ratio, { most, least }) {
  const isMet = most !== undefined ? ratio <= most : ratio >= least;
  const bound = most !== undefined ? `≤ ${short(most)}` : `≥ ${short(least)}`;
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
  if (unit === "µs") return number >= 10_000 ? `${(number / 1000).toFixed(1)} ms` : `${Math.round(number)} µs`;
  if (unit === "×") return `${number.toFixed(2)}×`;
  return `${Math.round(number).toLocaleString("en-US")} ${unit}`;
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
