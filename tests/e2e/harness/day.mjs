/** The day that a script plays: virtual time begins on it, at noon in Seoul. */
export const PLAYED_ON = "2026-11-22";

/** Ways that guests go, and how many of twenty-five go each. A `~` waits a while, by chance up to half as long again. */
const WAYS = [
  [10, ["tap 아메리카노", "~20", "tap 카페라떼", "~15", "checkout", "~12", "pay card approved"]],
  [5, ["tap 카페라떼 2", "~30", "checkout", "~25", "pay cash 20000"]],
  [3, ["tap 아메리카노 3", "~40", "checkout", "~15", "pay card declined", "~35", "pay card approved"]],
  [4, ["request 카페라떼", "~100", "accept last 10", "~20", "pay card approved", "~240"]],
  [1, ["request 소금빵", "~150", 'decline last "다 팔렸어요"']],
  [1, ["tap 카페라떼", "~18", "checkout", "~60", "cancel-order last"]],
  [1, ["tap 아메리카노 2", "~25", "checkout", "~10", "pay card approved", "~200", "cancel-payment last"]],
];

/** A script of so many orders; the same number gives the same script. */
export function day(orders) {
  const guests = WAYS.flatMap(([count, steps]) => Array.from({ length: count }, () => steps));
  const chance = seeded(orders);
  const lines = [];
  for (let at = 0; at < orders; at += 1) {
    // Seven has no divisor in common with the number of guests: each comes once before any comes twice.
    const steps = guests[(at * 7) % guests.length];
    for (const step of [...steps, "~45"]) lines.push(step.startsWith("~") ? `wait ${Math.round(Number(step.slice(1)) * (1 + chance() / 2) * 1_000)}ms` : step);
  }
  return `${lines.join("\n")}\n`;
}

/** Numbers from 0 to 1 that are the same each time. */
function seeded(seed) {
  let state = seed * 2_654_435_761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state >>> 8) & 0xffff) / 0x10000;
  };
}
