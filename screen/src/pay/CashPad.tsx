import { useEffect, useRef, useState } from 'react';
import type { Order } from '../api/types';
import { grouped, inPieces, likelyGiven } from '../till/money';
import { isTyping } from '../shell/useTillKeys';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { afterKey, Keypad, type KeypadKey } from '../ui/pieces';
import css from './pay.module.css';

/** Paying in cash: what was handed over, what goes back, and in which notes and coins. */
export function CashPad({ order, part }: { order: Order; part: number }) {
  const till = useTill();
  const { say, money } = useSpeech();
  const most = useTillState((state) => state.shop?.limits.amount_max ?? 0);
  const [received, setReceived] = useState(0);
  const [isSending, setSending] = useState(false);
  const change = received - part;
  const isEnough = received >= part && part > 0;

  const take = async () => {
    if (!isEnough || isSending) return;
    setSending(true);
    // The till gives change on all that is left to pay. Of a shared bill it is told the part, and the change is given here.
    await till.pay(order, { method: 'cash', received: part < order.payable ? part : received });
    setSending(false);
  };
  const press = (key: KeypadKey) => setReceived((figure) => afterKey(figure, key, most));
  const keys = useRef({ take, press });
  useEffect(() => {
    keys.current = { take, press };
  });
  useEffect(() => {
    const strike = (event: KeyboardEvent) => {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('[data-dialog]') !== null) return;
      if (/^[0-9]$/.test(event.key)) keys.current.press(event.key as KeypadKey);
      else if (event.key === 'Backspace') keys.current.press('erase');
      else if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) void keys.current.take();
    };
    addEventListener('keydown', strike);
    return () => removeEventListener('keydown', strike);
  }, []);

  return (
    <div className={css.cashPad}>
      <div className={css.cashSide}>
        <div className={css.card}>
          <div className={css.sub}>{say('cashReceived')}</div>
          <div className={`${css.figure} num`} data-testid="cash-received">{money(received)}</div>
        </div>
        <div className={`${css.card} ${css.change}`}>
          <div className={css.sub}>{say('cashChange')}</div>
          <div className={`${css.changeFigure} num`} data-testid="cash-change" aria-live="polite">
            {change >= 0 ? money(change) : received === 0 ? money(0) : say('cashShort', { amount: money(-change) })}
          </div>
          <ul>
            {inPieces(Math.max(0, change)).map((piece) => (
              <li key={piece.won}>
                <span className={piece.note ? css.note : css.coin} aria-hidden="true" />
                <span className="num">{say(piece.note ? 'cashNote' : 'cashCoin', { amount: money(piece.won) })}</span>
                <b className="num">{say(piece.note ? 'sheetsOf' : 'coinsOf', { count: piece.count })}</b>
              </li>
            ))}
          </ul>
        </div>
        <Button look="primary" size="large" icon="check" testId="cash-confirm" className={css.confirm} aria-disabled={!isEnough || isSending} onClick={() => void take()}>
          {say('cashConfirm')}
        </Button>
      </div>
      <div className={css.cashKeys}>
        <div className={css.quickCash}>
          <Button look={received === part ? 'ink' : 'quiet'} testId="cash-exact" onClick={() => setReceived(part)}>{say('cashExact')}</Button>
          {likelyGiven(part).map((won) => (
            <Button key={won} look={received === won ? 'ink' : 'quiet'} className="num" testId={`cash-quick-${won}`} onClick={() => setReceived(won)}>{grouped(won)}</Button>
          ))}
        </div>
        <Keypad name={say('keypad')} eraseName={say('erase')} className={css.cashFigures} onKey={press} />
      </div>
    </div>
  );
}
