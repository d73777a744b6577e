import { describe, expect, test } from 'vitest';
import { daysOf, isDay, periodInWords, periodOf, plusDays, weekUntil } from './period';

const today = '2026-11-22';

describe('what an address asks for', () => {
  test.each([
    ['', 'week', '2026-11-16', today],
    ['from=2026-11-22&to=2026-11-22', 'today', today, today],
    ['from=2026-10-01&to=2026-10-31', 'period', '2026-10-01', '2026-10-31'],
    ['from=2026-10-31&to=2026-10-01', 'period', '2026-10-01', '2026-10-31'],
    ['from=2026-10-01', 'week', '2026-11-16', today],
    ['from=2026-02-30&to=2026-03-01', 'week', '2026-11-16', today],
    ['from=<script>&to=yesterday', 'week', '2026-11-16', today],
  ])('%s', (query, span, from, to) => {
    expect(periodOf(new URLSearchParams(query), today)).toEqual({ span, period: { from, to } });
  });
});

test('a week begins on Monday', () => {
  expect(weekUntil('2026-11-22')).toEqual({ from: '2026-11-16', to: '2026-11-22' });
  expect(weekUntil('2026-11-23')).toEqual({ from: '2026-11-23', to: '2026-11-23' });
  expect(weekUntil('2026-03-01')).toEqual({ from: '2026-02-23', to: '2026-03-01' });
});

test('days are counted over months and years', () => {
  expect(plusDays('2026-12-31', 1)).toBe('2027-01-01');
  expect(plusDays('2028-03-01', -1)).toBe('2028-02-29');
  expect(daysOf({ from: '2026-11-16', to: '2026-11-22' })).toBe(7);
  expect(daysOf({ from: today, to: today })).toBe(1);
  expect(['2026-11-22', '2026-11-31', '26-11-22', ''].map(isDay)).toEqual([true, false, false, false]);
});

test.each([
  ['2026-11-22', '2026-11-22', '11월 22일', '22 Nov'],
  ['2026-11-16', '2026-11-22', '11월 16일 – 22일', '16 – 22 Nov'],
  ['2026-11-30', '2026-12-03', '11월 30일 – 12월 3일', '30 Nov – 3 Dec'],
  ['2026-12-30', '2027-01-02', '2026년 12월 30일 – 2027년 1월 2일', '30 Dec 2026 – 2 Jan 2027'],
])('%s to %s in words', (from, to, korean, english) => {
  expect(periodInWords({ from, to }, 'ko')).toBe(korean);
  expect(periodInWords({ from, to }, 'en')).toBe(english);
});
