/** A key press as far as the scanner cares. */
export interface KeyStroke {
  key: string;
  atMs: number;
}

/** More than this many characters make a barcode; fewer could be a quick hand. */
const CHARACTERS_MIN = 7;
/** A scanner sends that many within this time; nobody types that fast. A long code takes longer as a whole. */
const SPAN_MS_MAX = 80;
/** A pause longer than this is between what was typed by hand and the code. */
const GAP_MS_MAX = 50;
/** The longest code the till takes. */
const CHARACTERS_MAX = 64;

/**
 * Tells a barcode scanner, which types fast and ends with Enter, from a person. It only watches: keys have their usual effect
 * until the Enter, which is then taken for the scan.
 */
export class ScannerWatch {
  private strokes: KeyStroke[] = [];

  /** The barcode, when this stroke ends one. */
  press(stroke: KeyStroke): string | undefined {
    if (stroke.key === 'Enter') {
      const code = this.code(stroke.atMs);
      this.strokes = [];
      return code;
    }
    if (stroke.key.length === 1) {
      this.strokes.push(stroke);
      if (this.strokes.length > CHARACTERS_MAX) this.strokes.shift();
    } else if (stroke.key !== 'Shift') {
      this.strokes = [];
    }
    return undefined;
  }

  private code(atMs: number): string | undefined {
    let from = this.strokes.length;
    let nextMs = atMs;
    for (let at = from - 1; at >= 0; at -= 1) {
      const stroke = this.strokes[at];
      if (stroke === undefined || nextMs - stroke.atMs > GAP_MS_MAX) break;
      from = at;
      nextMs = stroke.atMs;
    }
    const run = this.strokes.slice(from);
    const isScanned = run.some((stroke, at) => {
      const end = run[at + CHARACTERS_MIN - 1];
      return end !== undefined && end.atMs - stroke.atMs < SPAN_MS_MAX;
    });
    return isScanned ? run.map((stroke) => stroke.key).join('') : undefined;
  }
}
