import { expect, test } from 'vitest';
import { isLater } from './till';

test.each([
  ['2026-11-22T03:00:00.2Z', '2026-11-22T03:00:00.1Z', true],
  ['2026-11-22T03:00:00.123456Z', '2026-11-22T03:00:00.1234567Z', false],
  ['2026-11-22T03:00:00.1234567Z', '2026-11-22T03:00:00.123456Z', true],
  ['2026-11-22T03:00:00Z', '2026-11-22T03:00:00.000001Z', false],
  ['2026-11-22T03:00:01Z', '2026-11-22T03:00:00.999999Z', true],
  ['2026-11-22T03:00:00.1Z', '2026-11-22T03:00:00.1Z', false],
])('%s is later than %s: %s', (one, other, expected) => expect(isLater(one, other)).toBe(expected));
