import type { Payment } from '../api/types';
import { failureWords } from '../till/saying';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/pieces';
import css from './pay.module.css';

/** Why an attempt failed, and what became of the money. */
export function FailedPanel({ payment, onAgain, onOther }: { payment: Payment; onAgain: () => void; onOther: () => void }) {
  const speech = useSpeech();
  const { say } = speech;
  const failure = payment.failure ?? undefined;
  const isDeclined = failure?.why === 'declined';
  const text =
    failure === undefined ? say('payFailed')
    : isDeclined ? say('declinedText', { code: failure.code ?? '' })
    : say(failure.why === 'reversed' ? 'reversedText' : 'notChargedText', { message: sentence(failureWords(failure, speech)) });
  return (
    <div className={css.card} data-testid="payment-failed" data-why={failure?.why}>
      <EmptyState icon={isDeclined ? 'no' : 'warn'} tone="bad" title={isDeclined ? say('declinedTitle', { reason: failureWords(failure, speech) }) : say('failedTitle')} text={text}>
        <span className={css.failedActs}>
          <Button look="primary" testId="pay-again" onClick={onAgain}>{say('tryAgain')}</Button>
          <Button testId="pay-other" onClick={onOther}>{say('otherMethod')}</Button>
        </span>
      </EmptyState>
    </div>
  );
}

function sentence(text: string): string {
  return /[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}
