import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Method, Order } from '../api/types';
import { go } from '../router';
import { diningWords, numberOf } from '../till/saying';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { EmptyState, Tag } from '../ui/pieces';
import { CardPad } from './CardPad';
import { CashPad } from './CashPad';
import { DonePanel } from './DonePanel';
import { DueBar } from './DueBar';
import { ExternalPad } from './ExternalPad';
import { DoubtPanel } from './DoubtPanel';
import { FailedPanel } from './FailedPanel';
import { InquiryPanel } from './InquiryPanel';
import { methodHow, methodIcons, methods, methodWords } from './methods';
import { afterPart, isPaid, partOf, phaseOf, type Split } from './plan';
import { DraftPaper, PaperSlot, PrintedPaper } from './ReceiptPaper';
import { SplitDialog } from './SplitDialog';
import css from './pay.module.css';

/** The payment of one order. All of it follows from the order, so that a reload in the middle shows the same. */
export function PaymentScreen({ id }: { id: string }) {
  const till = useTill();
  const { say } = useSpeech();
  const order = useTillState((state) => state.orders[id]);
  const isLinked = useTillState((state) => state.link === 'open');
  const read = useQuery({ queryKey: ['order', id], queryFn: () => till.readOrder(id), enabled: isLinked && order === undefined });
  const kept = useRef(order);
  useEffect(() => {
    if (order !== undefined) kept.current = order;
  });
  // eslint-disable-next-line react-hooks/refs -- while the till starts again, the order as it was last seen stays on the screen
  const shown = order ?? kept.current ?? read.data;
  if (shown !== undefined) return <Payment order={shown} />;
  return (
    <main className={css.main}>
      {read.isError && (
        <EmptyState icon="warn" tone="bad" role="alert" title={say('ordersFailed')} text={say('ordersFailedText')}>
          <Button look="ink" icon="again" onClick={() => void read.refetch()}>{say('retry')}</Button>
          <Button onClick={() => go('/order')}>{say('toOrder')}</Button>
        </EmptyState>
      )}
    </main>
  );
}

function Payment({ order }: { order: Order }) {
  const till = useTill();
  const { say, money } = useSpeech();
  const phase = phaseOf(order);
  const [method, setMethod] = useState<Method>('card');
  const [split, setSplit] = useState<Split | undefined>(undefined);
  const [isSplitting, setSplitting] = useState(false);
  const [seenFailure, setSeenFailure] = useState<string | undefined>(undefined);
  const [wasOpen] = useState(phase.is !== 'done');
  const paidCount = order.payments.filter(isPaid).length;
  const [countedPaid, setCountedPaid] = useState(paidCount);
  if (paidCount !== countedPaid) {
    setCountedPaid(paidCount);
    setSplit(afterPart(split));
  }
  useSpokenPhase(order);

  const part = partOf(order.payable, split);
  const isHeld = phase.is === 'waiting' || phase.is === 'lost';
  const leave = async () => {
    if (isHeld) return;
    if (order.table_id != null) return go('/tables');
    if (phase.is === 'doubt') return go(`/orders/${order.id}`);
    if (order.paid > 0) {
      till.notice('info', say('partlyPaidLeave'));
      return go(`/orders/${order.id}`);
    }
    const recalled = await till.recall(order);
    go(recalled === undefined ? `/orders/${order.id}` : '/order');
  };

  if (phase.is === 'closed') {
    return (
      <main className={css.main}>
        <EmptyState icon="info" title={say('stateCancelled')} text={say('orderNumber', { number: numberOf(order) })}>
          <Button onClick={() => go('/order')}>{say('toOrder')}</Button>
        </EmptyState>
      </main>
    );
  }
  return (
    <main className={css.main}>
      <section className={css.page} aria-label={say('payTitle')} data-phase={phase.is} data-testid="payment">
        <h1 className="vh">{say('payTitle')}</h1>
        {phase.is === 'done' ? (
          <DonePanel order={order} advances={wasOpen} />
        ) : (
          <>
            <div className={css.head}>
              <Button size="small" icon="back" testId="pay-back" aria-disabled={isHeld} onClick={() => void leave()}>
                {say(order.table_id == null ? 'payBack' : 'navTables')}
              </Button>
              <span className={css.space} />
              <span className={css.sub}>{say('payTotal')} <b className="num">{money(order.totals.charge)}</b></span>
            </div>
            <DueBar order={order} part={part} isSplit={split !== undefined} isHeld={isHeld} onSplit={() => setSplitting(true)} onUnsplit={() => setSplit(undefined)} />
            <MethodGrid value={method} isHeld={isHeld} onChange={setMethod} />
            {phase.is === 'lost' ? (
              <InquiryPanel order={order} payment={phase.payment} />
            ) : phase.is === 'doubt' ? (
              <DoubtPanel order={order} payment={phase.payment} />
            ) : phase.is === 'failed' && seenFailure !== phase.payment.id ? (
              <FailedPanel payment={phase.payment} onAgain={() => setSeenFailure(phase.payment.id)} onOther={() => { setSeenFailure(phase.payment.id); setMethod('cash'); }} />
            ) : phase.is === 'waiting' || method === 'card' ? (
              <CardPad order={order} part={part} isWaiting={phase.is === 'waiting'} />
            ) : method === 'cash' ? (
              <CashPad key={part} order={order} part={part} />
            ) : (
              <ExternalPad order={order} part={part} />
            )}
          </>
        )}
        {isSplitting && (
          <SplitDialog payable={order.payable} onClose={() => setSplitting(false)} onSplit={(next) => { setSplit(next); setSplitting(false); }} />
        )}
      </section>
      <ReceiptSide order={order} />
    </main>
  );
}

interface MethodGridProps {
  value: Method;
  isHeld: boolean;
  onChange: (method: Method) => void;
}

function MethodGrid({ value, isHeld, onChange }: MethodGridProps) {
  const { say } = useSpeech();
  return (
    <div className={`${css.methods} ${isHeld ? css.held : ''}`} role="radiogroup" aria-label={say('methods')} aria-disabled={isHeld} inert={isHeld}>
      {methods.map((method) => (
        <button
          key={method} type="button" role="radio" aria-checked={method === value} className={css.method} data-testid={`method-${method}`}
          onClick={() => onChange(method)}
        >
          <Icon name={methodIcons[method]} size="large" />
          <span><b>{say(methodWords[method])}</b> <small>{say(methodHow[method])}</small></span>
        </button>
      ))}
    </div>
  );
}

function ReceiptSide({ order }: { order: Order }) {
  const till = useTill();
  const { say } = useSpeech();
  const isDone = phaseOf(order).is === 'done';
  const [copy, setCopy] = useState<'first' | 'reprint'>('first');
  const receipt = useQuery({ queryKey: ['receipt', order.id, order.updated_at, copy], queryFn: () => till.readReceipt(order.id, copy), enabled: isDone });
  const dining = order.lines[0]?.dining;
  return (
    <aside className={css.side} aria-label={say('receipt')}>
      <div className={css.sideHead}>
        <b className="num" data-testid="order-number">{numberOf(order)}</b>
        {dining !== undefined && <Tag tone="accent">{say(diningWords[dining])}</Tag>}
        <span className={css.space} />
        {isDone && <Button size="small" look="quiet" icon="print" testId="receipt-reprint" onClick={() => setCopy('reprint')}>{say('receiptReprint')}</Button>}
      </div>
      <PaperSlot />
      <div className={css.paperWrap}>
        {isDone && receipt.data !== undefined ? <PrintedPaper key={copy} receipt={receipt.data} rolls /> : <DraftPaper order={order} />}
      </div>
    </aside>
  );
}

/** Says what became of the money as soon as it is known; a decline and a lost answer at once. */
function useSpokenPhase(order: Order): void {
  const till = useTill();
  const { say, money, name } = useSpeech();
  const phase = phaseOf(order);
  const mark = 'payment' in phase ? `${phase.is} ${phase.payment.id}` : phase.is;
  const before = useRef<string | undefined>(undefined);
  const sentence =
    phase.is === 'lost' ? [say('lostTitle'), say('lostText', { amount: money(phase.payment.amount) })].join('. ')
    : phase.is === 'failed' || phase.is === 'doubt' ? (phase.payment.failure == null ? say('failedTitle') : name(phase.payment.failure.sentences))
    : phase.is === 'done' ? (order.totals.charge > 0 ? `${money(order.totals.charge)} ${say('approvedTitle')}` : say('nothingDue'))
    : undefined;
  useEffect(() => {
    if (before.current !== undefined && before.current !== mark && sentence !== undefined) till.speak(sentence, phase.is !== 'done');
    before.current = mark;
  }, [till, mark, sentence, phase.is]);
}
