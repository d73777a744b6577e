import { Fragment } from 'react';
import type { Order, Receipt } from '../api/types';
import { grouped, takenOff } from '../till/money';
import { choicesOf, clockOf, dayOf, discountOf, numberOf } from '../till/saying';
import { offEach } from '../till/cart';
import { useSpeech, useTillState } from '../till/useTill';
import { methodWords } from './methods';
import { isPaid, phaseOf } from './plan';
import { receiptRow } from './receipt';
import css from './paper.module.css';

/** The receipt as it came out of the printer. */
export function PrintedPaper({ receipt, rolls = false }: { receipt: Receipt; rolls?: boolean }) {
  return (
    <div className={css.shade}>
      <div className={`${css.paper} ${rolls ? css.roll : ''}`} data-testid="receipt">
        {receipt.lines.map((line, index) => {
          const row = receiptRow(line, receipt.columns);
          if (row.is === 'rule') return <hr key={index} />;
          if (row.is === 'centre') return index === 0 ? <h4 key={index}>{row.text}</h4> : <p key={index} className={css.centre}>{row.text}</p>;
          return (
            <p key={index} className={`${css.row} ${row.indent ? css.dim : ''}`}>
              <span>{row.left}</span>
              <span className="num">{row.right}</span>
            </p>
          );
        })}
      </div>
    </div>
  );
}

/** The receipt while it is still being written: the cart, on paper. */
export function DraftPaper({ order }: { order: Order }) {
  const speech = useSpeech();
  const shop = useTillState((state) => state.shop);
  const phase = phaseOf(order);
  const offs = offEach(order);
  return (
    <div className={css.shade}>
      <div className={css.paper} data-testid="receipt-draft">
        <h4>{shop === undefined ? '' : speech.name(shop.name)}</h4>
        <p className={`${css.centre} num`}>
          {shop === undefined ? '' : `${dayOf(order.created_at, shop.time_zone)} ${clockOf(order.created_at, shop.time_zone)} · `}{numberOf(order)}
        </p>
        <hr />
        {order.lines.map((line) => (
          <Fragment key={line.key}>
            <p className={css.row}>
              <span>{speech.name(line.title)} ×{line.quantity}</span>
              <span className="num">{grouped(line.list_amount)}</span>
            </p>
            {line.choices.length > 0 && <p className={css.dim}>{choicesOf(line, speech)}</p>}
            {line.discount_amount > 0 && (
              <p className={`${css.row} ${css.dim}`}>
                <span>{line.discounts.map((discount) => discountOf(discount, speech)).join(' · ')}</span>
                <span className="num">{takenOff(line.discount_amount)}</span>
              </p>
            )}
          </Fragment>
        ))}
        <hr />
        {order.discounts.map((discount, index) => {
          const off = offs[index] ?? 0;
          return (
            <p key={index} className={`${css.row} ${discount.plugin == null ? '' : css.byPlugin}`}>
              <span>{discountOf(discount, speech)}</span>
              <span className="num">{takenOff(off)}</span>
            </p>
          );
        })}
        <p className={css.row}><b>{speech.say('receiptTotal')}</b><b className="num">{grouped(order.totals.charge)}</b></p>
        <p className={`${css.row} ${css.dim}`}><span>{speech.say('receiptTax')}</span><span className="num">{grouped(order.totals.tax)}</span></p>
        <hr />
        {order.payments.filter(isPaid).map((payment) => (
          <p key={payment.id} className={css.row}>
            <span>{speech.say(methodWords[payment.method])}</span>
            <span className="num">{grouped(payment.amount)}</span>
          </p>
        ))}
        <p className={css.dim}>{speech.say(phase.is === 'waiting' ? 'receiptWaitingCard' : phase.is === 'lost' ? 'receiptChecking' : 'receiptDraft')}</p>
      </div>
    </div>
  );
}

/** The slot that paper comes out of. */
export function PaperSlot() {
  return <div className={css.slot} aria-hidden="true" />;
}
