import type { Order, Payment } from '../api/types';

/** How far the payment of an order is, as the screen shows it. */
export type Phase =
  | { is: 'due' }
  | { is: 'waiting'; payment: Payment }
  | { is: 'lost'; payment: Payment }
  | { is: 'doubt'; payment: Payment }
  | { is: 'failed'; payment: Payment }
  | { is: 'done' }
  | { is: 'closed' };

/** How a bill is shared: into equal parts of what is left, or by an amount. */
export type Split = { into: number } | { won: number };

/** Where an order's payment stands. Everything follows from the order, so that a reload shows the same. */
export function phaseOf(order: Order): Phase {
  const lost = order.payments.find((payment) => payment.state === 'unknown');
  if (lost !== undefined) return { is: 'lost', payment: lost };
  const waiting = order.payments.find((payment) => payment.state === 'started');
  if (waiting !== undefined) return { is: 'waiting', payment: waiting };
  if (order.state === 'cancelled' || order.payment_state === 'refunded') return { is: 'closed' };
  if (order.unpaid <= 0) return { is: 'done' };
  const doubt = order.payments.find((payment) => payment.state === 'not_reversed');
  if (doubt !== undefined && order.payable <= 0) return { is: 'doubt', payment: doubt };
  const last = order.payments.at(-1);
  return last?.state === 'failed' ? { is: 'failed', payment: last } : { is: 'due' };
}

/** What the next payment takes of what can be paid now. */
export function partOf(payable: number, split: Split | undefined): number {
  if (split === undefined) return payable;
  if ('won' in split) return Math.min(split.won, payable);
  return Math.ceil(payable / split.into);
}

/** How the rest is shared after one part was paid. */
export function afterPart(split: Split | undefined): Split | undefined {
  if (split === undefined || 'won' in split || split.into <= 2) return undefined;
  return { into: split.into - 1 };
}

/** Payments that count or hold their part, oldest first. */
export function shownParts(order: Order): Payment[] {
  return order.payments.filter((payment) => payment.state !== 'failed' && payment.state !== 'cancelled');
}

/** True when money of an order is with the shop. */
export function isPaid(payment: Payment): boolean {
  return payment.state === 'approved' || payment.state === 'cancelling';
}
