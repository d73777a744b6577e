import { describe, expect, test } from 'vitest';
import { evenParts, grouped, inPieces, likelyGiven, money, takenOff } from './money';

describe('money', () => {
  test.each([
    [0, '0원', '₩0'],
    [999, '999원', '₩999'],
    [27_940, '27,940원', '₩27,940'],
    [-2_000, '−2,000원', '−₩2,000'],
    [9_007_199_254_740_991, '9,007,199,254,740,991원', '₩9,007,199,254,740,991'],
  ])('%i', (won, ko, en) => {
    expect(money(won, 'ko')).toBe(ko);
    expect(money(won, 'en')).toBe(en);
  });
  test('groups bare figures', () => expect(grouped(-760)).toBe('−760'));
  test.each([[760, '−760'], [-760, '−760'], [0, '0']])('takes off %i as %s', (won, expected) => expect(takenOff(won)).toBe(expected));
});

describe('change in pieces', () => {
  test.each([
    [2_060, [[1_000, 2], [50, 1], [10, 1]]],
    [0, []],
    [68_400, [[50_000, 1], [10_000, 1], [5_000, 1], [1_000, 3], [100, 4]]],
    [7, []],
  ])('%i', (won, expected) => expect(inPieces(won).map((piece) => [piece.won, piece.count])).toEqual(expected));
});

describe('what is likely handed over', () => {
  test.each([
    [27_940, [28_000, 30_000, 50_000]],
    [30_000, [50_000]],
    [4_500, [5_000, 10_000, 50_000]],
    [50_000, []],
  ])('%i', (due, expected) => expect(likelyGiven(due)).toEqual(expected));
});

describe('even parts', () => {
  test.each([
    [10_000, 3, [3_334, 3_333, 3_333]],
    [9, 2, [5, 4]],
  ])('%i in %i', (won, ways, expected) => expect(evenParts(won, ways)).toEqual(expected));
});
