import { useState } from 'react';
import type { Order, Payment } from '../api/types';
import { useSpeech, useTill } from '../till/useTill';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/pieces';
import css from './pay.module.css';

/** The terminal will not take a payment back whose answer was lost: only the card company knows, so staff ask there and say it here. */
export function DoubtPanel({ order, payment }: { order: Order; payment: Payment }) {
  const { say, name } = useSpeech();
  return (
    <div className={css.card} data-testid="payment-doubt">
      <EmptyState icon="warn" tone="bad" title={say('doubtTitle')} text={payment.failure == null ? say('payNotReversed') : name(payment.failure.sentences)}>
        <span className={css.failedActs}>
          <DoubtActs order={order} payment={payment} />
        </span>
      </EmptyState>
    </div>
  );
}

/** What the card company said. */
export function DoubtActs({ order, payment }: { order: Order; payment: Payment }) {
  const till = useTill();
  const { say } = useSpeech();
  const [isSending, setSending] = useState(false);
  const press = async (charged: boolean) => {
    if (isSending) return;
    setSending(true);
    await till.resolve(order, payment, charged);
    setSending(false);
  };
  return (
    <>
      <Button size="small" testId="doubt-charged" aria-disabled={isSending} onClick={() => void press(true)}>{say('doubtCharged')}</Button>
      <Button size="small" testId="doubt-not-charged" aria-disabled={isSending} onClick={() => void press(false)}>{say('doubtNotCharged')}</Button>
    </>
  );
}
