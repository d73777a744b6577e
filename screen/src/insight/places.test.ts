import { expect, test } from 'vitest';
import { placesOf, type WaitingPlace } from './places';
import { card, plugin } from './sample';

const names = (places: WaitingPlace[]) => places.map((place) => place.plugin?.plugin ?? place.card?.median_ms);
const cards = (count: number) => Array.from({ length: count }, (_, index) => ({ ...card, median_ms: index + 1 }));
const slow = (id: string) => ({ ...plugin, plugin: id });

test.each([
  [0, [], []], [4, [], [1, 2, 3, 4]], [0, ['a', 'b'], ['a', 'b']], [1, ['a'], [1, 'a']], [2, ['a', 'b'], [1, 2, 'a', 'b']], [4, ['a', 'b'], [1, 2, 'a', 3, 4, 'b']],
])('%i steps and the plugins %j', (count, plugins, expected) => {
  expect(names(placesOf({ cards: cards(count), plugins: plugins.map(slow) }))).toEqual(expected);
});

test('a plugin that nobody notices is no place', () => {
  expect(names(placesOf({ cards: cards(1), plugins: [{ ...plugin, is_slow: false }] }))).toEqual([1]);
});
