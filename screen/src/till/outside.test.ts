import { expect, test } from 'vitest';
import type { Upstream } from '../api/types';
import { choiceOf, hostOf, isTrouble, networkChoices, planOf, secondsLeft, stateOf, withChanges, worstFirst, worstOf } from './outside';

function upstream(more: Partial<Upstream> = {}): Upstream {
  return {
    caller: 'plugin:a', plugin: 'a', origin: 'https://a.example', breaker: 'closed', retry_at: null, in_flight: 0, queued: 0, calls: 1, kept_back: 0, attempts: 1, failures: 0,
    budget_denials: 0, breaker_opened: 0, refused: 0, stale_served: 0, sockets: 0, sent_bytes: 0, received_bytes: 0, last_failure: null, is_failing: false, ...more,
  };
}

test.each([
  [{}, 'fine', false],
  [{ is_failing: true }, 'failing', true],
  [{ breaker: 'open', is_failing: true }, 'broken', true],
  [{ breaker: 'half_open' }, 'trying', true],
  [{ breaker: 'isolated', is_failing: true }, 'heldBack', true],
  [{ breaker: 'forced_closed' }, 'letThrough', false],
] as const)('%j is %s', (more, expected, trouble) => {
  const state = stateOf(upstream(more));
  expect(state).toBe(expected);
  expect(isTrouble(state)).toBe(trouble);
});

test('the worst is what the strip shows', () => {
  expect(worstOf([])).toBeUndefined();
  expect(worstOf([upstream()])).toBe('fine');
  expect(worstOf([upstream(), upstream({ breaker: 'isolated' }), upstream({ is_failing: true })])).toBe('failing');
  expect(worstOf([upstream({ breaker: 'half_open' }), upstream({ breaker: 'open' })])).toBe('broken');
});

test('changes are put where the till lists them', () => {
  const [a, b] = [upstream(), upstream({ origin: 'https://b.example' })];
  const other = upstream({ caller: 'plugin:b' });
  const newer = upstream({ calls: 2 });
  expect(withChanges([a, b], { changed: [other, newer], gone: [] })).toEqual([newer, other, b]);
  expect(withChanges([a, b], { changed: [], gone: [{ caller: 'plugin:a', origin: 'https://a.example' }] })).toEqual([b]);
  expect(withChanges([], { changed: [b, a], gone: [{ caller: 'x', origin: 'y' }] })).toEqual([a, b]);
});

test('what somebody has to look at comes first, and the rest stays as it was', () => {
  const [a, c] = [upstream(), upstream({ origin: 'https://c.example' })];
  const failing = upstream({ origin: 'https://b.example', is_failing: true });
  const broken = upstream({ origin: 'https://d.example', breaker: 'open' });
  expect(worstFirst([a, failing, c, broken])).toEqual([broken, failing, a, c]);
});

test('an address is said without the scheme of the secure web, a pause in whole seconds', () => {
  expect(hostOf(upstream({ origin: 'https://api.example.com' }))).toBe('api.example.com');
  expect(hostOf(upstream({ origin: 'http://192.168.0.20:8080' }))).toBe('http://192.168.0.20:8080');
  const now = Date.parse('2026-11-22T03:00:00Z');
  expect(secondsLeft(upstream(), now)).toBeUndefined();
  expect(secondsLeft(upstream({ retry_at: '2026-11-22T03:00:01.2Z' }), now)).toBe(2);
  expect(secondsLeft(upstream({ retry_at: '2026-11-22T02:59:00Z' }), now)).toBe(0);
});

test.each(networkChoices)('the switch shows that it stands at %s', (choice) => {
  const plan = planOf(choice, 'https://a.example', 7);
  expect(plan.faults.reduce((sum, one) => sum + (one.per_mille ?? 0), 0)).toBeLessThanOrEqual(1_000);
  expect(choiceOf(choice === 'online' ? null : plan)).toBe(choice);
});

test('a plan that the switch has no place for is none of them', () => {
  expect(choiceOf({ faults: [{ fault: { kind: 'refused' }, per_mille: 3 }], seed: 0 })).toBeUndefined();
  const turned = { faults: [{ fault: { retry_after_seconds: 5, code: 503, kind: 'status' as const }, per_mille: 1_000 }], seed: 1 };
  expect(choiceOf(turned)).toBe('busyUntil');
});
