/** A line of a receipt as it is laid out. */
export type ReceiptRow = { is: 'rule' } | { is: 'centre'; text: string } | { is: 'pair'; left: string; right: string; indent: boolean };

/**
 * Reads the layout out of a roll printer's line: a rule, a centred line, or words with a figure at the right end. The page then
 * lays it out by itself, because few machines have a font in which 한글 is exactly two columns wide.
 */
export function receiptRow(line: string, columns: number): ReceiptRow {
  if (/^-+$/.test(line)) return { is: 'rule' };
  const indent = line.length - line.trimStart().length;
  const text = line.trim();
  const pair = /^(.*?\S)\s{2,}(\S.*)$/.exec(text);
  if (pair !== null) return { is: 'pair', left: pair[1] ?? '', right: pair[2] ?? '', indent: indent > 0 };
  const margin = (columns - widthOf(text)) / 2;
  if (indent > 2 && Math.abs(indent - margin) <= 1) return { is: 'centre', text };
  // A full line leaves a single space before its figure.
  const tight = widthOf(line) >= columns ? /^(.*\S)\s(\S+)$/.exec(text) : null;
  return { is: 'pair', left: tight?.[1] ?? text, right: tight?.[2] ?? '', indent: indent > 0 };
}

/** How many columns a roll printer needs: Hangul, Hanja and full-width signs take two. */
export function widthOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/.test(character) ? 2 : 1), 0);
}
