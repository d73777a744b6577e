// Makes rows.json from rows.js: what Node itself answers to each expression, in the shop's zone.
// Two things are put right: Node's parts have a narrow space where its text has a plain one; and newer Node prints AM and PM in Korean where shops, and the browsers they know, say 오전 and 오후.
// Run: TZ=Asia/Seoul node make-rows.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const AsyncFunction = (async () => {}).constructor;
const rows = [];
for (const line of readFileSync(new URL('rows.js', import.meta.url), 'utf8').split('\n')) {
  const expression = line.trim();
  if (expression === '' || expression.startsWith('//')) continue;
  let expected;
  try {
    expected = JSON.stringify(await new AsyncFunction(`return (${expression})`)()) ?? 'null';
  } catch (error) {
    expected = JSON.stringify(`threw ${error.name}`);
  }
  expected = expected.replaceAll('\u202f', ' ');
  if (expression.includes("'ko-KR'") && expression.includes('Date')) expected = expected.replace(/\bAM\b/g, '오전').replace(/\bPM\b/g, '오후');
  rows.push([expression, expected]);
}
writeFileSync(new URL('rows.json', import.meta.url), '[\n' + rows.map((row) => JSON.stringify(row)).join(',\n') + '\n]\n');
