import { describe, expect, test } from 'vitest';
import { lineOf, walk, type Place, type Ways } from './walk';

// a → b → c, b → d, and b again after itself.
const ways: Ways = {
  nodes: [{ activity: 'a' }, { activity: 'b' }, { activity: 'c' }, { activity: 'd' }],
  edges: [{ from: 'a', to: 'b', count: 9 }, { from: 'b', to: 'c', count: 7 }, { from: 'b', to: 'd', count: 2 }, { from: 'b', to: 'b', count: 1 }],
};

describe('the arrows', () => {
  test.each<[Place, string, Place | undefined]>([
    ['a', 'ArrowRight', 'a-b'],
    ['a-b', 'ArrowRight', 'b'],
    ['b', 'ArrowRight', 'b-c'],
    ['b-c', 'ArrowDown', 'b-d'],
    ['b-d', 'ArrowDown', 'b-b'],
    ['b-b', 'ArrowDown', undefined],
    ['b-d', 'ArrowUp', 'b-c'],
    ['b-d', 'ArrowRight', 'd'],
    ['d', 'ArrowLeft', 'b-d'],
    ['b-d', 'ArrowLeft', 'b'],
    ['a', 'ArrowLeft', undefined],
    ['d', 'ArrowRight', undefined],
    ['b', 'ArrowDown', 'c'],
    ['c', 'ArrowDown', 'd'],
    ['d', 'ArrowDown', undefined],
    ['c', 'ArrowUp', 'b'],
    ['c', 'Home', 'a'],
    ['a-b', 'End', 'd'],
    ['c', 'x', undefined],
  ])('from %s by %s to %s', (from, key, expected) => expect(walk(ways, from, key)).toBe(expected));
});

test('every box and line can be reached by keys alone', () => {
  const reached = new Set<Place>(['a']);
  for (const place of reached) {
    for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp']) {
      const next = walk(ways, place, key);
      if (next !== undefined) reached.add(next);
    }
  }
  expect([...reached].sort()).toEqual([...ways.nodes.map((node) => node.activity), ...ways.edges.map(lineOf)].sort());
});

test('a map without anything leads nowhere', () => {
  expect(walk({ nodes: [], edges: [] }, 'a', 'Home')).toBeUndefined();
  expect(walk({ nodes: [], edges: [] }, 'a', 'ArrowRight')).toBeUndefined();
});
