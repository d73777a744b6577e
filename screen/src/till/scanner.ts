/** A key press as far as the scanner cares. */
export interface KeyStroke {
  key: string;
  atMs: number;
}

/** More than this many characters make a barcode; fewer could be a quick hand. */
const CHARACTERS_MIN = 7;
/** A scanner sends a whole code within this time; nobody types that fast. */
const SPAN_MS_MAX = 80;
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

  /** True while the last strokes come faster than a hand; shortcuts wait for the end. */
  isLikely(atMs: number): boolean {
    const last = this.strokes.slice(-3);
    const first = last[0];
    return last.length === 3 && first !== undefined && atMs - first.atMs < SPAN_MS_MAX / 2;
  }

  private code(atMs: number): string | undefined {
    const quick = this.strokes.filter((stroke) => atMs - stroke.atMs < SPAN_MS_MAX);
    return quick.length >= CHARACTERS_MIN ? quick.map((stroke) => stroke.key).join('') : undefined;
  }
}
