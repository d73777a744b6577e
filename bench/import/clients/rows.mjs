// The same checks as ours: what a cell must be is in ../sale.toml.

import { Transform } from "node:stream";

/** How much is handed to the connection at once: a write for every row would cost more than the rows. */
const PIECE_CHARACTERS = 64 * 1024;

const WHOLE = /^-?\d{1,18}$/;
const DECIMAL = /^-?\d{1,10}(\.\d{1,2})?$/;
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const MOMENT = /^(\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)$/;
const SPECIAL = /[\\\n\r\t]/;
const SPECIALS = new RegExp(SPECIAL, "g");
const ESCAPED = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const YES = new Set(["Y", "y", "예", "true", "1"]);
const NO = new Set(["N", "n", "아니오", "false", "0"]);

/** Each takes a cell and gives the text of COPY, or undefined when it is not right. */
const COLUMNS = [
  required(whole(1, Number.MAX_SAFE_INTEGER)),
  required(text(20)),
  required(text(100)),
  required(whole(0, Number.MAX_SAFE_INTEGER)),
  required(whole(0, 1000)),
  required((cell) => (DECIMAL.test(cell) ? cell : undefined)),
  required((cell) => (YES.has(cell) ? "t" : NO.has(cell) ? "f" : undefined)),
  required((cell) => (isDay(cell) ? cell : undefined)),
  required(moment),
  optional(text(200)),
];

/** Takes the cells of rows; gives what COPY takes. Refused rows are counted with the first reasons kept, as a program of one evening would. */
export class Rows extends Transform {
  taken = 0;
  refused = 0;
  first = [];
  #piece = "";

  constructor() {
    super({ writableObjectMode: true });
  }

  _transform(cells, _encoding, done) {
    const line = lineOf(cells);
    if (line === undefined) this.#refuse(cells);
    else {
      this.taken += 1;
      this.#piece += line;
    }
    if (this.#piece.length < PIECE_CHARACTERS) return done();
    const piece = this.#piece;
    this.#piece = "";
    return done(null, piece);
  }

  _flush(done) {
    done(null, this.#piece);
  }

  #refuse(cells) {
    this.refused += 1;
    if (this.first.length < 10) this.first.push(cells);
  }
}

/** @returns {string | undefined} */
export function lineOf(cells) {
  if (cells.length !== COLUMNS.length) return undefined;
  let line = "";
  for (let at = 0; at < cells.length; at += 1) {
    const value = COLUMNS[at](cells[at].trim());
    if (value === undefined) return undefined;
    line += at === 0 ? value : `\t${value}`;
  }
  return `${line}\n`;
}

function required(read) {
  return (cell) => (cell === "" ? undefined : read(cell));
}

function optional(read) {
  return (cell) => (cell === "" ? "\\N" : read(cell));
}

function whole(least, most) {
  return (cell) => {
    if (!WHOLE.test(cell)) return undefined;
    const number = Number(cell);
    return number >= least && number <= most ? cell : undefined;
  };
}

/** PostgreSQL counts characters; a text of fewer units of UTF-16 has fewer of them. */
function text(most) {
  return (cell) => {
    if (cell.length > most && [...cell].length > most) return undefined;
    if (cell.includes("\0")) return undefined;
    return SPECIAL.test(cell) ? cell.replace(SPECIALS, (found) => ESCAPED[found]) : cell;
  };
}

function isDay(cell) {
  const found = DAY.exec(cell);
  if (found === null) return false;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}

function daysOf(year, month) {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Korea has had one offset since 1988. */
function moment(cell) {
  const found = MOMENT.exec(cell);
  if (found === null || !isDay(found[1])) return undefined;
  return Number(found[2]) < 24 && Number(found[3]) < 60 && Number(found[4]) < 60 ? `${cell}+09` : undefined;
}
