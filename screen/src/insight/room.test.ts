import { describe, expect, test } from 'vitest';
import { roomOf, scaleOf } from './room';

test.each([
  [796, 800, { width: 760, height: 300 }],
  [1436, 1080, { width: 1400, height: 560 }],
  [668, 1024, { width: 640, height: 520 }],
  [372, 740, { width: 340, height: 300 }],
])('a card of %d in a window of %d has room', (card, height, expected) => expect(roomOf(card, height)).toEqual(expected));

describe('a map is drawn', () => {
  const room = { width: 800, height: 400 };
  test.each([
    ['as large as it fits', { width: 880, height: 300 }, 800 / 880],
    ['as high as it fits', { width: 500, height: 440 }, 400 / 440],
    ['not too large', { width: 100, height: 100 }, 1.2],
    ['not too small', { width: 8_000, height: 100 }, 0.85],
  ])('%s', (_, map, expected) => expect(scaleOf(room, map)).toBe(expected));
});
