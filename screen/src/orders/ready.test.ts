import { expect, test } from 'vitest';
import { ownMinutes, suggestedMinutes } from './ready';

const now = Date.parse('2026-11-22T03:00:00Z');

test.each([
  [undefined, 20],
  [null, 20],
  ['not a time', 20],
  ['2026-11-22T02:50:00Z', 10],
  ['2026-11-22T03:10:00Z', 10],
  ['2026-11-22T03:10:01Z', 15],
  ['2026-11-22T03:30:00Z', 30],
  ['2026-11-22T09:00:00Z', 45],
])('a guest who wants it at %s is promised %d minutes', (wanted, expected) => expect(suggestedMinutes(wanted, now)).toBe(expected));

test.each([
  [20, undefined],
  [25, 25],
])('%d minutes are an own number: %s', (minutes, expected) => expect(ownMinutes(minutes)).toBe(expected));
