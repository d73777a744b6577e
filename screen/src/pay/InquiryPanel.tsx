import { useState } from 'react';
import type { AttemptStep, Order, Payment } from '../api/types';
import { clockOf } from '../till/saying';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { TerminalDevice, useSecondsTo } from './CardPad';
import css from './pay.module.css';

const NONE: readonly AttemptStep[] = [];

/** The answer was lost: what is done to find out, and the two ways to hurry it. Nothing else can take this part meanwhile. */
export function InquiryPanel({ order, payment }: { order: Order; payment: Payment }) {
  const till = useTill();
  const { say, money } = useSpeech();
  const steps = useTillState((state) => state.steps[payment.id] ?? NONE);
  const canInquire = useTillState((state) => state.terminal?.can_inquire ?? true);
  const [isSending, setSending] = useState(false);
  const press = async (how: 'inquire' | 'reverse') => {
    if (isSending) return;
    setSending(true);
    await till.settle(order, payment, how);
    setSending(false);
  };
  return (
    <div className={css.cardPad}>
      <div className={css.deviceSide}>
        <TerminalDevice amount={payment.amount} isWaiting={false} />
      </div>
      <section className={css.inquiry} aria-label={say('lostTitle')} data-testid="inquiry">
        <div className={css.lost} role="alert">
          <b><Icon name="lost" />{say('lostTitle')}</b>
          <p>{say('lostText', { amount: money(payment.amount) })}</p>
        </div>
        <div className={`${css.card} ${css.steps}`}>
          <Steps payment={payment} steps={steps} />
          <p className={css.attempt}>
            <span>{say('lostKey')} <code>{payment.attempt ?? payment.payment_key}</code></span>
            <span>{say(canInquire ? 'lostOnce' : 'lostCannotAsk')}</span>
          </p>
          <span className={css.space} />
          <div className={css.lostActs}>
            <Button size="large" testId="pay-reverse" aria-disabled={isSending} onClick={() => void press('reverse')}>{say('lostReverse')}</Button>
            <Button size="large" look="primary" icon="again" testId="pay-inquire" aria-disabled={isSending || !canInquire} onClick={() => canInquire && void press('inquire')}>{say('lostInquire')}</Button>
          </div>
        </div>
      </section>
    </div>
  );
}

function Steps({ payment, steps }: { payment: Payment; steps: readonly AttemptStep[] }) {
  const { say } = useSpeech();
  const zone = useTillState((state) => state.shop?.time_zone ?? 'Asia/Seoul');
  const lost = steps.find((step) => step.step === 'lost');
  const now = steps.findLast((step) => step.step === 'inquiring' || step.step === 'reversing');
  const waits = steps.findLast((step) => step.next_at != null);
  const nextIn = useSecondsTo(waits?.next_at ?? undefined);
  const isReversing = now?.step === 'reversing';
  const told = [
    now === undefined || now.tries === 0 ? undefined : say('lostTries', { count: now.tries }),
    nextIn === undefined || nextIn === 0 ? undefined : say('lostNext', { count: nextIn }),
  ].filter((part) => part !== undefined);
  return (
    <ol>
      <li data-tone="ok"><span><Icon name="check" size="small" /></span><b>{say('lostSent')}</b><small className="num">{clockOf(payment.started_at, zone, true)}</small></li>
      <li data-tone="warn"><span><Icon name="close" size="small" /></span><b>{say('lostCut')}</b><small className="num">{lost === undefined ? '' : clockOf(lost.at, zone, true)}</small></li>
      <li data-tone="accent" data-testid="attempt-step"><span><Icon name="again" size="small" /></span><b>{say(isReversing ? 'lostReversing' : 'lostAsking')}</b><small className="num">{told.join(' · ')}</small></li>
    </ol>
  );
}
