import { expect, test } from 'vitest';
import { paidWord } from './saying';
import { cart } from './samples';

test.each([
  ['opened', 0, 0, 'payNothing'],
  ['opened', 4_500, 4_500, 'payOpened'],
  ['completed', 4_500, 0, 'payCompleted'],
] as const)('an order that is %s and costs %d with %d left says %s', (payment_state, charge, unpaid, expected) => {
  expect(paidWord({ payment_state, unpaid, totals: { ...cart().totals, charge } })).toBe(expected);
});
