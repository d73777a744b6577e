import { useState } from 'react';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { DAYS_MAX, daysOf, isDay, type Period } from './period';
import css from './insight.module.css';

interface PeriodDialogProps {
  period: Period;
  today: string;
  onChoose: (period: Period) => void;
  onClose: () => void;
}

/** From which day to which. */
export function PeriodDialog({ period, today, onChoose, onClose }: PeriodDialogProps) {
  const { say } = useSpeech();
  const [from, setFrom] = useState(period.from);
  const [to, setTo] = useState(period.to);
  const isInOrder = isDay(from) && isDay(to) && from <= to;
  const isRight = isInOrder && daysOf({ from, to }) <= DAYS_MAX;
  return (
    <Dialog title={say('insightPeriodTitle')} testId="insight-period-dialog" onClose={onClose}>
      <form
        className={css.period}
        onSubmit={(event) => {
          event.preventDefault();
          if (isRight) onChoose({ from, to });
        }}
      >
        <label>{say('insightPeriodFrom')}<input type="date" data-autofocus value={from} max={today} data-testid="insight-from" onChange={(event) => setFrom(event.target.value)} /></label>
        <label>{say('insightPeriodTo')}<input type="date" value={to} max={today} data-testid="insight-to" onChange={(event) => setTo(event.target.value)} /></label>
        {!isRight && <p className={css.problem} role="alert">{isInOrder ? say('insightPeriodLong', { count: DAYS_MAX }) : say('insightPeriodWrong')}</p>}
        <Button look="primary" size="large" type="submit" testId="insight-period-set" aria-disabled={!isRight}>{say('insightPeriodSet')}</Button>
      </form>
    </Dialog>
  );
}
