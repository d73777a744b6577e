// Long runs write down what they found: a row with commit, date and machine in a table of a page, the last run first.
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What a row begins with; asked before the run, since the run itself changes the pages. */
export function circumstances() {
  return [new Date().toISOString().slice(0, 10), commit(), machine()];
}

export function rowOf(cells) {
  return `| ${cells.join(" | ")} |`;
}

/** Puts `row` below the line `head` of the page's table, in place of the words that say that there was no run. */
export async function record(page, head, row) {
  const text = await readFile(ROOT + page, "utf8");
  if (!text.includes(head)) throw new Error(`${page} has no table head ${head}; add this row by hand: ${row}`);
  await writeFile(ROOT + page, text.replace(head, () => `${head}\n${row}`).replace("\nNot run yet.\n", "\n"));
}

/** The commit that is tried, with a star when the files are not those of the commit. */
function commit() {
  const git = (...rest) => execFileSync("git", rest, { cwd: ROOT, encoding: "utf8" }).trim();
  // The pages into which rows are written are not tried.
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs");
  return git("rev-parse", "--short", "HEAD") + (changed === "" ? "" : "*");
}

function machine() {
  const [first] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() ?? "processor"}, ${gibibytes} GiB, ${type()} ${release()}`;
}
