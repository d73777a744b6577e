import { useEffect, useRef, useState } from 'react';
import type { Order } from '../api/types';
import { go } from '../router';
import { grouped } from '../till/money';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { methodWords } from './methods';
import { isPaid } from './plan';
import css from './pay.module.css';

/** A new order begins by itself after this long, unless the screen is touched. */
const ADVANCE_S = 4;

/** The sale is done. */
export function DonePanel({ order, advances }: { order: Order; advances: boolean }) {
  const { say, money } = useSpeech();
  const [secondsLeft, setSecondsLeft] = useState<number | undefined>(advances ? ADVANCE_S : undefined);
  const to = order.table_id == null ? '/order' : '/tables';
  const next = useRef<HTMLButtonElement>(null);

  useEffect(() => next.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    if (secondsLeft === undefined) return undefined;
    if (secondsLeft === 0) {
      go(to);
      return undefined;
    }
    const timer = setTimeout(() => setSecondsLeft(secondsLeft - 1), 1_000);
    const stay = () => setSecondsLeft(undefined);
    addEventListener('pointerdown', stay, { once: true });
    return () => {
      clearTimeout(timer);
      removeEventListener('pointerdown', stay);
    };
  }, [secondsLeft, to]);
  const change = order.payments.reduce((sum, payment) => sum + (isPaid(payment) ? (payment.cash_change ?? 0) : 0), 0);
  const parts = order.payments.filter(isPaid).map((payment) => `${say(methodWords[payment.method])} ${grouped(payment.amount)}`);
  if (change > 0) parts.push(`${say('cashChange')} ${grouped(change)}`);

  return (
    <div className={css.done} data-testid="payment-done">
      <span className={css.doneMark}><Icon name="check" /></span>
      <div className={`${css.amount} num`} data-testid="done-amount">{money(order.totals.charge)}</div>
      <h2>{say(order.totals.charge > 0 ? 'approvedTitle' : 'nothingDue')}</h2>
      <div className={`${css.sub} num`}>{parts.join(' · ')}</div>
      <div className={css.doneActs}>
        <button ref={next} type="button" className={css.next} data-testid="pay-next" onClick={() => go(to)}>
          {say('approvedNext')} <kbd aria-hidden="true">Enter</kbd>
        </button>
        <Button size="large" onClick={() => go(`/orders/${order.id}`)}>{say('navOrders')}</Button>
      </div>
      <div className={css.sub}>{secondsLeft === undefined ? (advances ? say('approvedStay') : '\u00a0') : say('approvedAuto', { count: secondsLeft })}</div>
    </div>
  );
}
