import { useQuery } from '@tanstack/react-query';
import { setQuery } from '../router';
import { useSpeech, useTill } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { EmptyState, useLate } from '../ui/pieces';
import { grouped } from '../till/money';
import { behindOf } from './behind';
import { lengthInWords } from './lengths';
import type { Names } from './names';
import { OrderList } from './OrderList';
import { waitInWords } from './saying';
import type { Insight, InsightEdge } from '../api/types';
import { lineOf, type Place } from './walk';
import css from './insight.module.css';

/** So many orders are listed; who looks for more looks for something else. */
const ORDERS_SHOWN = 100;

interface BehindDialogProps {
  insight: Insight;
  names: Names;
  /** What is looked at, as the address names it. */
  see: string;
  asked: URLSearchParams;
}

/** What is behind something on the page: its orders, or the lines of a box. */
export function BehindDialog({ insight, names, see, asked }: BehindDialogProps) {
  const speech = useSpeech();
  const { say, language } = speech;
  const close = () => setQuery({ see: undefined });
  if (see === 'waiting') {
    const orders = insight.waiting.orders.map(({ order, waiting_ms: ms }) => ({ order, time: lengthInWords(ms, language) }));
    return (
      <Dialog title={say('insightWaitingTitle')} wide testId="insight-orders-dialog" onClose={close}>
        {orders.length === 0 ? <p className={css.sub}>{say('insightWaitingNone')}</p> : <OrderList orders={orders} names={names} channels={insight.channels} />}
        <More count={insight.waiting.total - orders.length} />
      </Dialog>
    );
  }
  const behind = behindOf(insight, see, names, speech);
  return (
    <Dialog title={behind?.title ?? say('insightGone')} wide testId="insight-orders-dialog" onClose={close}>
      {behind === undefined ? <p className={css.sub}>{say('insightGoneText')}</p> : (
        <>
          {behind.sentence !== undefined && <p className={css.sub}>{behind.sentence}</p>}
          <dl className={css.behind}>{behind.figures.map(({ name, value }) => <div key={name}><dt>{name}</dt><dd className="num">{value}</dd></div>)}</dl>
          {behind.question === undefined ? <Lines lines={behind.lines} names={names} /> : <Orders question={{ ...behind.question, ...Object.fromEntries(asked) }} insight={insight} names={names} />}
        </>
      )}
    </Dialog>
  );
}

/** The lines of a box, each of which has orders behind it. */
function Lines({ lines, names }: { lines: readonly InsightEdge[]; names: Names }) {
  const speech = useSpeech();
  const see = (place: Place) => setQuery({ see: `map:${place}` });
  return (
    <ul className={css.orders}>
      {lines.map((edge) => (
        <li key={lineOf(edge)}>
          <button type="button" data-testid={`insight-line-${lineOf(edge)}`} onClick={() => see(lineOf(edge))}>
            <span>{names.name(edge.from)} → {names.name(edge.to)}</span>
            <small className="num">{speech.say('insightTimesOf', { count: grouped(edge.count) })}</small>
            <b className="num">{waitInWords(edge.median_ms, speech)}</b>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Orders({ question, insight, names }: { question: Record<string, string>; insight: Insight; names: Names }) {
  const till = useTill();
  const { say, language } = useSpeech();
  const text = new URLSearchParams({ ...question, size: String(ORDERS_SHOWN) }).toString();
  const read = useQuery({
    queryKey: ['insight', 'orders', text], queryFn: ({ signal }) => till.readInsightOrders(new URLSearchParams(text), signal), staleTime: 0, gcTime: 60_000,
  });
  const isLate = useLate(read.isPending);
  if (read.data !== undefined) {
    const orders = read.data.orders.map((order) => ({ order, time: lengthInWords(order.wait_ms ?? order.duration_ms, language) }));
    return (
      <>
        <OrderList orders={orders} names={names} channels={insight.channels} />
        <More count={read.data.total - orders.length} />
      </>
    );
  }
  if (!read.isError) return isLate ? <p className={css.sub}>{say('loading')}</p> : null;
  return (
    <EmptyState icon="warn" tone="bad" role="alert" title={say('insightOrdersFailed')}>
      <Button look="ink" icon="again" onClick={() => void read.refetch()}>{say('retry')}</Button>
    </EmptyState>
  );
}

function More({ count }: { count: number }) {
  const { say } = useSpeech();
  return count > 0 ? <p className={css.more}>{say('insightMoreOrders', { count: grouped(count) })}</p> : null;
}
