import { useState } from 'react';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { afterKey, Keypad } from '../ui/pieces';
import { partOf, type Split } from './plan';
import css from './pay.module.css';

interface SplitDialogProps {
  payable: number;
  onSplit: (split: Split) => void;
  onClose: () => void;
}

/** How much of the bill is taken now. */
export function SplitDialog({ payable, onSplit, onClose }: SplitDialogProps) {
  const { say, money } = useSpeech();
  const [won, setWon] = useState(0);
  return (
    <Dialog title={say('splitTitle')} onClose={onClose}>
      <div className={css.splitEven}>
        {[2, 3, 4].filter((into) => payable >= into).map((into) => (
          <Button key={into} look="quiet" testId={`split-${into}`} onClick={() => onSplit({ into })}>
            {say('splitEven', { count: into })}
            <small className="num">{money(partOf(payable, { into }))}</small>
          </Button>
        ))}
      </div>
      <div className={css.splitFigure}>
        <span className={css.sub}>{say('splitEnter')}</span>
        <b className="num" data-testid="split-amount">{money(won)}</b>
      </div>
      <Keypad dense name={say('keypad')} eraseName={say('erase')} onKey={(key) => setWon(afterKey(won, key, payable))} />
      <Button look="primary" size="large" testId="split-apply" disabled={won < 1} onClick={() => onSplit({ won })}>{say('splitApply', { amount: money(won) })}</Button>
    </Dialog>
  );
}
