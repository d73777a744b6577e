import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem } from '../api/client';
import type { Order, Payment } from '../api/types';
import { go } from '../router';
import { DoubtActs } from '../pay/DoubtPanel';
import { methodIcons, methodWords } from '../pay/methods';
import { isPaid } from '../pay/plan';
import { PaperSlot, PrintedPaper } from '../pay/ReceiptPaper';
import { grouped } from '../till/money';
import { choicesOf, clockOf, diningWords, numberOf, stateTones, stateWords } from '../till/saying';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button, IconButton } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { EmptyState, Seg, Tag } from '../ui/pieces';
import type { Word } from '../words';
import { AcceptPanel } from './AcceptPanel';
import css from './orders.module.css';

interface Veto {
  plugin: string;
  message: string;
}

type Asking = { what: 'refund'; payments: Payment[] } | { what: 'cancel' };

/** One order in full: what it was, how it was paid, and what can still be done about it. */
export function OrderDetail({ id }: { id: string | undefined }) {
  const till = useTill();
  const { say } = useSpeech();
  const order = useTillState((state) => (id === undefined ? undefined : state.orders[id]));
  const isLinked = useTillState((state) => state.link === 'open');
  const read = useQuery({ queryKey: ['order', id], queryFn: () => till.readOrder(id ?? ''), enabled: id !== undefined && isLinked && order === undefined });
  const shown = order ?? read.data;
  return (
    <aside className={css.side} aria-label={say('orderDetail')}>
      {shown !== undefined ? <Detail key={shown.id} order={shown} /> : id === undefined ? <EmptyState icon="receipt" title={say('orderPick')} /> : read.isError && <EmptyState icon="warn" tone="bad" title={say('ordersFailed')} />}
    </aside>
  );
}

function Detail({ order }: { order: Order }) {
  const till = useTill();
  const speech = useSpeech();
  const { say, money } = speech;
  const plugins = useTillState((state) => state.plugins);
  const table = useTillState((state) => state.shop?.tables.find((one) => one.id === order.table_id));
  const [view, setView] = useState<'order' | 'receipt'>('order');
  const [asking, setAsking] = useState<Asking | undefined>(undefined);
  const [veto, setVeto] = useState<Veto | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const paid = order.payments.filter((payment) => payment.state === 'approved');
  const dining = order.lines[0]?.dining;
  const canCancel = order.state === 'opened';

  const giveBack = async (payments: Payment[]): Promise<boolean> => {
    let given = 0;
    for (const payment of payments) {
      try {
        const after = (await till.cancelPayment(order, payment))?.payments.find((one) => one.id === payment.id);
        if (after?.state !== 'cancelled') {
          if (after?.failure != null) till.notice('error', speech.name(after.failure.sentences));
          return false;
        }
        given += payment.amount;
      } catch (error) {
        if (error instanceof Problem && error.veto !== undefined) {
          setVeto(error.veto);
          till.speak([say('vetoTitle', { plugin: nameOf(error.veto.plugin) }), error.veto.message, say('vetoMoney')].join(' '), true);
        } else till.tell(error);
        return false;
      }
    }
    if (given > 0) till.notice('success', say('refundDone', { amount: money(given) }));
    return true;
  };
  const nameOf = (plugin: string) => plugins.find((one) => one.id === plugin)?.name ?? plugin;
  const run = async (work: () => Promise<unknown>) => {
    setAsking(undefined);
    setVeto(undefined);
    setBusy(true);
    await work();
    setBusy(false);
  };
  const cancelAll = () =>
    run(async () => {
      if (!(await giveBack(paid))) return;
      if ((await till.cancelOrder(order)) !== undefined) till.notice('success', say('orderCancelDone'));
    });

  return (
    <>
      <div className={css.detailHead}>
        <IconButton icon="back" name={say('close')} className={css.backToList} onClick={() => go('/orders')} />
        <h2 className="num">{numberOf(order)}</h2>
        <Tag tone={stateTones[order.state]}>{say(stateWords[order.state])}</Tag>
        {dining !== undefined && <Tag tone="accent">{[say(diningWords[dining]), table && speech.name(table.title)].filter(Boolean).join(' · ')}</Tag>}
        {order.source_plugin != null && <Tag tone="plugin"><Icon name="plug" size="tiny" />{nameOf(order.source_plugin)}</Tag>}
      </div>
      <Steps order={order} />
      <Seg
        name={say('orderDetail')} as="tablist" value={view} choices={[{ value: 'order', label: say('navOrder'), testId: 'detail-order' }, { value: 'receipt', label: say('receipt'), testId: 'detail-receipt' }]}
        onChange={setView}
      />
      {view === 'receipt' ? (
        <Receipts order={order} />
      ) : (
        <div className={css.detailBody}>
          <ul className={css.lines}>
            {order.lines.map((line) => (
              <li key={line.key}>
                <span>
                  <b>{speech.name(line.title)} ×{line.quantity}</b>
                  {line.choices.length > 0 && <small>{choicesOf(line, speech)}</small>}
                  {line.memo !== '' && <small>{line.memo}</small>}
                </span>
                <b className="num">{grouped(line.charge_amount)}</b>
              </li>
            ))}
          </ul>
          <dl className={css.totals}>
            {order.totals.discount > 0 && <div><dt>{say('lineDiscount')}</dt><dd className="num">−{grouped(order.totals.discount)}</dd></div>}
            <div><dt>{say('receiptTotal')}</dt><dd className="num"><b>{money(order.totals.charge)}</b></dd></div>
          </dl>
          {order.payments.length > 0 && (
            <section aria-label={say('payments')}>
              <h3>{say('payments')}</h3>
              <ul className={css.payments}>
                {order.payments.map((payment) => (
                  <PaymentRow key={payment.id} order={order} payment={payment} isBusy={isBusy} onRefund={paid.length > 1 ? () => setAsking({ what: 'refund', payments: [payment] }) : undefined} />
                ))}
              </ul>
            </section>
          )}
          {veto !== undefined && <VetoNotice plugin={nameOf(veto.plugin)} message={veto.message} />}
        </div>
      )}
      <div className={css.detailFoot}>
        {order.unpaid > 0 && order.state !== 'cancelled' && order.state !== 'requested' && order.payment_state !== 'refunded' && (
          <Button look="primary" testId="order-pay" onClick={() => go(`/pay/${order.id}`)}>{say('payGoOn')}</Button>
        )}
        {order.state === 'requested' && (
          <AcceptPanel
            order={order} isBusy={isBusy} onAccept={(minutes) => void run(() => till.acceptOrder(order, minutes))}
            onDecline={() => void run(() => till.declineOrder(order, say('orderDeclineReason')))}
          />
        )}
        {order.state === 'opened' && order.unpaid <= 0 && <Button testId="order-complete" aria-disabled={isBusy} onClick={() => void run(() => till.completeOrder(order))}>{say('orderComplete')}</Button>}
        <span className={css.space} />
        {canCancel && <Button look="dangerPlain" testId="order-cancel" aria-disabled={isBusy} onClick={() => !isBusy && setAsking({ what: 'cancel' })}>{say('orderCancel')}</Button>}
        {paid.length > 0 && <Button look="danger" testId="order-refund" aria-disabled={isBusy} onClick={() => !isBusy && setAsking({ what: 'refund', payments: paid })}>{say('refundAll')}</Button>}
      </div>
      {asking !== undefined && (
        <Dialog
          title={asking.what === 'cancel' ? say('orderCancelAsk') : say('refundAsk', { amount: money(asking.payments.reduce((sum, payment) => sum + payment.amount, 0)) })}
          onClose={() => setAsking(undefined)}
        >
          <p className={css.sub}>{say(asking.what === 'cancel' ? 'orderCancelText' : 'refundAskText')}</p>
          <div className={css.dialogFoot}>
            <Button data-autofocus onClick={() => setAsking(undefined)}>{say('cancelWord')}</Button>
            <Button look="danger" testId="confirm-yes" onClick={() => void (asking.what === 'cancel' ? cancelAll() : run(() => giveBack(asking.payments)))}>
              {say(asking.what === 'cancel' ? 'orderCancel' : 'refundDo')}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

const paymentWords: Record<Payment['state'], Word> = { started: 'payStarted', unknown: 'payUnknown', not_reversed: 'payNotReversed', approved: 'payApproved', failed: 'payFailed', cancelling: 'payCancelling', cancelled: 'payGivenBack' };

function PaymentRow({ order, payment, isBusy, onRefund }: { order: Order; payment: Payment; isBusy: boolean; onRefund: (() => void) | undefined }) {
  const { say, name } = useSpeech();
  const approval = payment.approval ?? undefined;
  // What staff were told on the telephone has no number.
  const approvalNumber = payment.method === 'card' && approval?.number === '' ? say('approvalByPhone') : approval?.number;
  return (
    <li data-testid={`payment-${payment.state}`}>
      <Icon name={methodIcons[payment.method]} size="small" />
      <span>
        <b>{say(methodWords[payment.method])}</b>
        {payment.plugin != null && <span className={css.byPlugin}><Icon name="plug" size="tiny" />{payment.plugin}</span>}
        <small>{[approval?.card_brand, approval?.card_number_masked?.slice(-4).padStart(8, '·'), approvalNumber].filter((part) => part != null && part !== '').join(' ')}</small>
        <small>{payment.failure == null ? say(paymentWords[payment.state]) : name(payment.failure.sentences)}</small>
        {payment.state === 'not_reversed' && <span><DoubtActs order={order} payment={payment} /></span>}
      </span>
      <b className={`num ${isPaid(payment) ? '' : css.struck}`}>{grouped(payment.amount)}</b>
      {onRefund !== undefined && payment.state === 'approved' && (
        <Button look="dangerPlain" size="small" testId={`refund-${payment.id}`} aria-disabled={isBusy} onClick={() => !isBusy && onRefund()}>{say('refundOne')}</Button>
      )}
    </li>
  );
}

/** A plugin forbade it: who, why, and that no money moved. */
function VetoNotice({ plugin, message }: Veto) {
  const { say } = useSpeech();
  return (
    <div className={css.veto} role="alert" data-testid="veto">
      <Icon name="no" />
      <div>
        <b>{say('vetoTitle', { plugin })}</b>
        <p>{message}</p>
        <small>{say('vetoMoney')}</small>
      </div>
    </div>
  );
}

function Steps({ order }: { order: Order }) {
  const { say } = useSpeech();
  const zone = useTillState((state) => state.shop?.time_zone ?? 'Asia/Seoul');
  const steps: [Word, string | null | undefined][] = [
    ['stepPlaced', order.created_at],
    ['stepOpened', order.opened_at],
    order.cancelled_at != null ? ['stepCancelled', order.cancelled_at] : ['stepCompleted', order.completed_at],
  ];
  return (
    <ol className={css.steps}>
      {steps.map(([word, at]) => (
        <li key={word} data-done={at != null}>
          {at != null && <Icon name="check" size="tiny" />}
          {say(word)} {at != null && <span className="num">{clockOf(at, zone)}</span>}
        </li>
      ))}
    </ol>
  );
}

function Receipts({ order }: { order: Order }) {
  const till = useTill();
  const { say } = useSpeech();
  const [copy, setCopy] = useState<'first' | 'reprint'>('first');
  const refunds = order.payments.filter((payment) => payment.refund_receipt_number != null);
  const [which, setWhich] = useState('sale');
  const receipt = useQuery({
    queryKey: ['receipt', order.id, order.updated_at, copy, which],
    queryFn: () => till.readReceipt(order.id, copy, which === 'sale' ? undefined : which),
  });
  return (
    <div className={css.receipts}>
      <div className={css.receiptActs}>
        {refunds.length > 0 && (
          <Seg
            name={say('receipt')} value={which} choices={[{ value: 'sale', label: say('sale') }, ...refunds.map((payment, index) => ({ value: payment.id, label: refunds.length > 1 ? `${say('refund')} ${index + 1}` : say('refund') }))]}
            onChange={setWhich}
          />
        )}
        <span className={css.space} />
        <Button size="small" icon="print" testId="receipt-reprint" onClick={() => { setCopy('reprint'); till.speak(say('reprinted')); }}>{say('receiptReprint')}</Button>
      </div>
      <PaperSlot />
      <div className={css.paperWrap}>{receipt.data !== undefined && <PrintedPaper key={`${copy} ${which}`} receipt={receipt.data} rolls />}</div>
    </div>
  );
}
