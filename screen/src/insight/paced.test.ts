import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Paced } from './paced';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what is asked for many times is done once, and again only after the pace', () => {
  let done = 0;
  const paced = new Paced(2_000, () => (done += 1), () => Date.now());
  for (let asked = 0; asked < 50; asked += 1) paced.soon();
  vi.advanceTimersByTime(300);
  expect(done).toBe(1);
  paced.soon();
  vi.advanceTimersByTime(1_900);
  expect(done).toBe(1);
  vi.advanceTimersByTime(100);
  expect(done).toBe(2);
  vi.advanceTimersByTime(10_000);
  expect(done).toBe(2);
});

test('what was stopped is not done', () => {
  let done = 0;
  const paced = new Paced(2_000, () => (done += 1), () => Date.now());
  paced.soon();
  paced.stop();
  vi.advanceTimersByTime(5_000);
  expect(done).toBe(0);
});
