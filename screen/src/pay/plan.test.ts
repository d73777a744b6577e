import { describe, expect, test } from 'vitest';
import type { Order, Payment, PaymentState } from '../api/types';
import { afterPart, partOf, phaseOf } from './plan';

const payment = (state: PaymentState): Payment => ({
  id: state, method: 'card', state, amount: 1_000, taxable: 1_000, tax_free: 0, tax: 91, attempt: 'a', payment_key: 'k', approval: null, cash_received: null,
  cash_change: null, plugin: null, failure: null, refund_receipt_number: null, started_at: '2026-11-22T03:00:00Z', cancelled_at: null,
});
const order = (unpaid: number, states: PaymentState[], more: Partial<Order> = {}): Order =>
  ({ state: 'opened', payment_state: 'opened', unpaid, payments: states.map(payment), ...more }) as Order;

describe('the phase of a payment', () => {
  test.each<[string, Order, string]>([
    ['nothing paid yet', order(1_000, []), 'due'],
    ['a part paid', order(500, ['approved']), 'due'],
    ['at the terminal', order(1_000, ['started']), 'waiting'],
    ['answer lost', order(1_000, ['unknown']), 'lost'],
    ['answer lost beside a paid part', order(500, ['approved', 'unknown']), 'lost'],
    ['neither known nor taken back', order(1_000, ['not_reversed'], { payable: 0 }), 'doubt'],
    ['neither known nor taken back, beside a part still to pay', order(1_000, ['not_reversed'], { payable: 500 }), 'due'],
    ['declined', order(1_000, ['failed']), 'failed'],
    ['declined, then paid', order(0, ['failed', 'approved']), 'done'],
    ['paid', order(0, ['approved']), 'done'],
    ['nothing to pay', order(0, []), 'done'],
    ['called off', order(1_000, [], { state: 'cancelled' }), 'closed'],
    ['given back', order(1_000, ['cancelled'], { payment_state: 'refunded' }), 'closed'],
  ])('%s', (_, there, expected) => expect(phaseOf(there).is).toBe(expected));
});

describe('a split bill', () => {
  test.each([
    [10_000, undefined, 10_000],
    [10_000, { won: 3_000 }, 3_000],
    [2_000, { won: 3_000 }, 2_000],
    [10_000, { into: 3 }, 3_334],
  ])('%i as %o', (payable, split, expected) => expect(partOf(payable, split)).toBe(expected));

  test('comes out even over its parts', () => {
    let left = 10_000;
    let split: ReturnType<typeof afterPart> = { into: 3 };
    const parts: number[] = [];
    while (left > 0) {
      parts.push(partOf(left, split));
      left -= parts.at(-1) ?? 0;
      split = afterPart(split);
    }
    expect(parts).toEqual([3_334, 3_333, 3_333]);
  });
});
