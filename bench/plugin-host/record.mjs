// The figures kept with the source: the section between two marks of docs/benchmarks.md.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

const BEGIN = "<!-- plugin-host: written by bench/plugin-host/run.mjs --record -->";
const END = "<!-- /plugin-host -->";

export function recordIn(file, section) {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "# Benchmarks\n";
  writeFileSync(file, withSection(before, section));
}

export function withSection(text, section) {
  const whole = `${BEGIN}\n${section}${END}`;
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin === -1 || end < begin) return `${text.trimEnd()}\n\n## Plugin host\n\n${whole}\n`;
  return `${text.slice(0, begin)}${whole}${text.slice(end + END.length)}`;
}
