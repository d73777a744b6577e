// Nothing of Node or of a browser is used here: a page loads it as well.

/** Of times in µs: the percentile p of n sorted samples is the one at floor(p × n). */
export function summary(times) {
  const sorted = Float64Array.from(times).sort();
  const at = (part) => round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]);
  return { p50: at(0.5), p99: at(0.99), min: at(0), max: at(1), count: sorted.length };
}

function round(us) {
  return Math.round(us * 10) / 10;
}
