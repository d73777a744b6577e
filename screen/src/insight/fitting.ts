/** About how wide a text is drawn, rather more than less, as the till lays the map out: in parts of the letters' size. */
function ems(letter: string): number {
  if (" .,:;'|!ijl".includes(letter)) return 0.34;
  if ('mwMW@%'.includes(letter)) return 0.96;
  if (letter >= 'A' && letter <= 'Z') return 0.74;
  return letter >= ' ' && letter <= '~' ? 0.62 : 1;
}

/** The beginning of a text that is no wider than this, with `…` where something is left out. */
export function fitted(text: string, size: number, widthMax: number): string {
  const letters = [...text];
  let left = widthMax / size;
  for (const [at, letter] of letters.entries()) {
    left -= ems(letter);
    if (left < 0) return `${letters.slice(0, Math.max(0, at - 1)).join('').trimEnd()}…`;
  }
  return text;
}
