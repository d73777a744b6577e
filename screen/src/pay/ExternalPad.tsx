import { useState } from 'react';
import type { Order } from '../api/types';
import { useSpeech, useTill } from '../till/useTill';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/pieces';
import css from './pay.module.css';

/** A payment that was made elsewhere and is only recorded. */
export function ExternalPad({ order, part }: { order: Order; part: number }) {
  const till = useTill();
  const { say, money } = useSpeech();
  const [isSending, setSending] = useState(false);
  const take = async () => {
    if (isSending) return;
    setSending(true);
    await till.pay(order, { method: 'external', amount: part, source: '계좌이체' });
    setSending(false);
  };
  return (
    <div className={css.card}>
      <EmptyState icon="bank" title={say('external')} text={say('externalTold')}>
        <Button look="primary" size="large" icon="check" testId="external-confirm" aria-disabled={isSending} onClick={() => void take()}>{say('externalTake', { amount: money(part) })}</Button>
      </EmptyState>
    </div>
  );
}
