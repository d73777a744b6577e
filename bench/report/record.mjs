// The figures kept with the source: the section between two marks of docs/benchmarks.md, one for each benchmark.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

export function recordIn(file, bench, section) {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "# Benchmarks\n";
  writeFileSync(file, withSection(before, bench, section));
}

/** `text` with `section` in place of the one before; at the end, under the benchmark's title, when there was none. */
export function withSection(text, { name, title }, section) {
  const opening = `<!-- ${name}: written by bench/${name}/run.mjs --record -->`;
  const closing = `<!-- /${name} -->`;
  const whole = `${opening}\n${section}${closing}`;
  const begin = text.indexOf(opening);
  const end = text.indexOf(closing);
  if (begin === -1 || end < begin) return `${text.trimEnd()}\n\n## ${title}\n\n${whole}\n`;
  return `${text.slice(0, begin)}${whole}${text.slice(end + closing.length)}`;
}
