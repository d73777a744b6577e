import type { Line, Order, OrderPaymentState, OrderState, Dining, Discount } from '../api/types';
import type { DotTone, Tone } from '../ui/pieces';
import type { Word } from '../words';
import type { Speech } from './useTill';

export const diningWords: Record<Dining, Word> = { here: 'here', togo: 'togo', delivery: 'delivery', pickup: 'pickup' };
export const stateWords: Record<OrderState, Word> = { requested: 'stateRequested', opened: 'stateOpened', completed: 'stateCompleted', cancelled: 'stateCancelled' };
export const stateTones: Record<OrderState, Tone> = { requested: 'warn', opened: 'accent', completed: 'ok', cancelled: 'plain' };
export const stateDots: Record<OrderState, DotTone> = { requested: 'warn', opened: 'accent', completed: 'ok', cancelled: 'off' };
export const paidWords: Record<OrderPaymentState, Word> = { opened: 'payOpened', paid: 'payPaid', completed: 'payCompleted', cancelled: 'payCancelled', refunded: 'payRefunded' };
export const paidTones: Record<OrderPaymentState, 'ok' | 'warn' | 'dim'> = { opened: 'dim', paid: 'warn', completed: 'ok', cancelled: 'dim', refunded: 'dim' };

/** How far an order is paid; one that costs nothing does not wait for money. */
export function paidWord(order: Pick<Order, 'payment_state' | 'unpaid' | 'totals'>): Word {
  return order.payment_state === 'opened' && order.totals.charge === 0 && order.unpaid <= 0 ? 'payNothing' : paidWords[order.payment_state];
}

/** An order's number as it is called out. */
export function numberOf(order: Order): string {
  return String(order.number).padStart(3, '0');
}

/** What was chosen on a line, in one row. */
export function choicesOf(line: Line, speech: Speech): string {
  return line.choices.map((choice) => (choice.quantity > 1 ? `${speech.name(choice.title)} ×${choice.quantity}` : speech.name(choice.title))).join(' · ');
}

/** A discount's name, with its part when it is one. */
export function discountOf(discount: Discount, speech: Speech): string {
  if (discount.basis_points == null) return speech.name(discount.title);
  const percent = speech.say('percentOff', { percent: discount.basis_points / 100 });
  return discount.plugin == null ? percent : `${speech.name(discount.title)} ${percent}`;
}

/** The first item and how many more. */
export function summaryOf(lines: readonly Line[], speech: Speech): string {
  const first = lines[0];
  if (first === undefined) return '—';
  const name = first.quantity > 1 ? `${speech.name(first.title)} ×${first.quantity}` : speech.name(first.title);
  return lines.length === 1 ? name : speech.say('andMore', { name, count: lines.length - 1 });
}

/** A time of the day in the shop's zone. */
export function clockOf(at: string | number, zone: string, seconds = false): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}) });
  return parts.format(new Date(at));
}

/** The day of a moment where the shop is, as receipts write it. After midnight that is not yet the business day. */
export function dayOf(at: string, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return parts.format(new Date(at));
}
