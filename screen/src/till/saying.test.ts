import { expect, test } from 'vitest';
import type { Payment } from '../api/types';
import { failureWords, paidWord } from './saying';
import { cart } from './samples';
import { speechOf } from './useTill';

type Failure = NonNullable<Payment['failure']>;
const declined: Failure = { why: 'declined', code: '051', message: '한도 초과' };

test.each<[Failure, string]>([
  [declined, 'Over the limit'],
  [{ ...declined, code: '999' }, 'the issuer said 999'],
  [{ why: 'not_charged', code: null, message: '리더기가 뽑혔어요' }, 'The terminal did not finish the payment'],
  [{ why: 'reversed', code: null, message: '단말기가 답하지 않아요' }, 'The terminal did not answer'],
])('%j is told in the chosen language', (failure, english) => {
  expect(failureWords(failure, speechOf('ko'))).toBe(failure.message);
  expect(failureWords(failure, speechOf('en'))).toBe(english);
});

test.each([
  ['opened', 0, 0, 'payNothing'],
  ['opened', 4_500, 4_500, 'payOpened'],
  ['completed', 4_500, 0, 'payCompleted'],
] as const)('an order that is %s and costs %d with %d left says %s', (payment_state, charge, unpaid, expected) => {
  expect(paidWord({ payment_state, unpaid, totals: { ...cart().totals, charge } })).toBe(expected);
});
