import type { Order } from '../api/types';
import { grouped } from '../till/money';
import { useSpeech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dot, Tag } from '../ui/pieces';
import { methodWords } from './methods';
import { isPaid, shownParts } from './plan';
import css from './pay.module.css';

interface DueBarProps {
  order: Order;
  part: number;
  isSplit: boolean;
  isHeld: boolean;
  onSplit: () => void;
  onUnsplit: () => void;
}

/** What is left to pay, what was paid of it, and the way to share it. */
export function DueBar({ order, part, isSplit, isHeld, onSplit, onUnsplit }: DueBarProps) {
  const { say, money } = useSpeech();
  const parts = shownParts(order);
  return (
    <div className={css.due}>
      <div>
        <div className={css.sub}>{say('payDue')}</div>
        <div className={`${css.amount} num`} data-testid="pay-due">{money(order.unpaid)}</div>
      </div>
      <div className={css.parts}>
        {parts.length > 0 && (
          <>
            <div className={css.partWords}>
              {parts.map((payment) => (
                <span key={payment.id} data-testid={`part-${payment.state}`}>
                  <Dot tone={isPaid(payment) ? 'accent' : 'warn'} />
                  {say(methodWords[payment.method])} <b className="num">{grouped(payment.amount)}</b>
                  <Tag tone={isPaid(payment) ? 'ok' : 'warn'}>{say(isPaid(payment) ? 'paidTag' : 'heldTag')}</Tag>
                </span>
              ))}
            </div>
            <div className={css.splitBar} aria-hidden="true">
              {parts.map((payment) => <i key={payment.id} className={isPaid(payment) ? css.partPaid : css.partHeld} style={{ flexGrow: payment.amount }} />)}
              {order.payable > 0 && <i className={css.partLeft} style={{ flexGrow: order.payable }} />}
            </div>
          </>
        )}
        {isSplit && <div className={css.splitNow}><b className="num" data-testid="pay-part">{say('splitNow', { amount: money(part) })}</b></div>}
      </div>
      {isSplit && !isHeld ? (
        <Button testId="pay-unsplit" onClick={onUnsplit}>{say('splitUndo')}</Button>
      ) : (
        <Button icon="plus" testId="pay-split" aria-disabled={isHeld} onClick={() => !isHeld && onSplit()}>{say('split')}</Button>
      )}
    </div>
  );
}
