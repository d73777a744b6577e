import type { Language } from '../words';

const digits = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
/** The minus of figures; a hyphen is too short beside tabular digits. */
const MINUS = '\u2212';

/** Won with their digits in groups and nothing else: `27,940`. */
export function grouped(won: number): string {
  return won < 0 ? `${MINUS}${digits.format(-won)}` : digits.format(won);
}

/** Won as the language writes them: `27,940원`, `₩27,940`. */
export function money(won: number, language: Language): string {
  if (language === 'ko') return `${grouped(won)}원`;
  return won < 0 ? `${MINUS}₩${digits.format(-won)}` : `₩${digits.format(won)}`;
}

/** Something taken off: always with its minus. */
export function takenOff(won: number): string {
  return won === 0 ? '0' : grouped(-Math.abs(won));
}

/** Notes and coins in circulation, largest first. */
export const DENOMINATIONS = [50_000, 10_000, 5_000, 1_000, 500, 100, 50, 10] as const;

/** One kind of note or coin and how many of it. */
export interface Pieces {
  won: number;
  count: number;
  note: boolean;
}

/** The fewest notes and coins that make up a sum; what is below the smallest coin is left out. */
export function inPieces(won: number): Pieces[] {
  let left = won;
  const pieces: Pieces[] = [];
  for (const piece of DENOMINATIONS) {
    const count = Math.floor(left / piece);
    if (count <= 0) continue;
    pieces.push({ won: piece, count, note: piece >= 1_000 });
    left -= count * piece;
  }
  return pieces;
}

/** What guests are likely to hand over for a sum: the next round amounts above it, at most three. */
export function likelyGiven(due: number): number[] {
  const steps = [1_000, 5_000, 10_000, 50_000];
  const rounded = steps.map((step) => Math.ceil(due / step) * step).filter((won) => won > due);
  return [...new Set(rounded)].sort((one, other) => one - other).slice(0, 3);
}

/** A bill in equal parts that add up to it; the first ones carry the odd won. */
export function evenParts(won: number, ways: number): number[] {
  const part = Math.floor(won / ways);
  const odd = won - part * ways;
  return Array.from({ length: ways }, (_, index) => part + (index < odd ? 1 : 0));
}
