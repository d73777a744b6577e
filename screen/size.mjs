// Holds the built screen to the weights it promises: what the first page needs, and each later part by itself.
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const limits = [
  { name: 'first load, scripts', bytesMax: 130_000, of: (first) => first.scripts },
  { name: 'first load, styles', bytesMax: 14_000, of: (first) => first.styles },
];

const html = readFileSync('dist/index.html', 'utf8');
const named = (pattern) => [...html.matchAll(pattern)].map((match) => `dist${match[1]}`);
const first = {
  scripts: named(/(?:src|href)="(\/assets\/[^"]+\.js)"/g),
  styles: named(/href="(\/assets\/[^"]+\.css)"/g),
};
const weigh = (file) => gzipSync(readFileSync(file), { level: 9 }).length;

let failed = false;
for (const { name, bytesMax, of } of limits) {
  const bytes = of(first).reduce((sum, file) => sum + weigh(file), 0);
  console.log(`${name}: ${bytes} bytes of ${bytesMax}, gzip`);
  failed ||= bytes > bytesMax;
}
for (const file of readdirSync('dist/assets').filter((file) => file.endsWith('.js') && !first.scripts.includes(`dist/assets/${file}`))) {
  const bytes = weigh(`dist/assets/${file}`);
  const bytesMax = file.startsWith('Cockpit') ? 60_000 : file.startsWith('Insight') ? 45_000 : 35_000;
  console.log(`${file}: ${bytes} bytes of ${bytesMax}, gzip`);
  failed ||= bytes > bytesMax;
}
process.exit(failed ? 1 : 0);
