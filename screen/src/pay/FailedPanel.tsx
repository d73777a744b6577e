import type { Payment } from '../api/types';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/pieces';
import css from './pay.module.css';

/** Why an attempt failed, and what became of the money. */
export function FailedPanel({ payment, onAgain, onOther }: { payment: Payment; onAgain: () => void; onOther: () => void }) {
  const { say, name } = useSpeech();
  const failure = payment.failure ?? undefined;
  const isDeclined = failure?.why === 'declined';
  const text =
    failure === undefined ? say('payFailed')
    : isDeclined ? say('declinedText', { code: failure.code ?? '' })
    : name(failure.sentences);
  return (
    <div className={css.card} data-testid="payment-failed" data-why={failure?.why}>
      <EmptyState icon={isDeclined ? 'no' : 'warn'} tone="bad" title={isDeclined ? say('declinedTitle', { reason: name(failure.message) }) : say('failedTitle')} text={text}>
        <span className={css.failedActs}>
          <Button look="primary" testId="pay-again" onClick={onAgain}>{say('tryAgain')}</Button>
          <Button testId="pay-other" onClick={onOther}>{say('otherMethod')}</Button>
        </span>
      </EmptyState>
    </div>
  );
}
