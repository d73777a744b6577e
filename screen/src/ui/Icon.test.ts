import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { iconNames } from './Icon';

const sprite = readFileSync(new URL('./sprite.svg', import.meta.url), 'utf8');

test('the sprite draws every icon that is named, and no other', () => {
  const drawn = [...sprite.matchAll(/id="i-([a-z]+)"/g)].map((match) => match[1]);
  expect(drawn.sort()).toEqual([...iconNames].sort());
});

test('the sprite stays light enough to travel with the page', () => {
  expect(sprite.length).toBeLessThan(12_000);
});
