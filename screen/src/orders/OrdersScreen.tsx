import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useState } from 'react';
import type { Order, OrderPaymentState, OrderState, Shop } from '../api/types';
import { go, setQuery, usePlace } from '../router';
import { grouped } from '../till/money';
import { clockOf, diningWords, numberOf, paidTones, paidWord, paidWords, stateDots, stateTones, stateWords, summaryOf } from '../till/saying';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Dot, EmptyState, Tag, useLate } from '../ui/pieces';
import { OrderDetail } from './OrderDetail';
import css from './orders.module.css';

const states: OrderState[] = ['requested', 'opened', 'completed', 'cancelled'];
const paidStates: OrderPaymentState[] = ['opened', 'paid', 'completed', 'refunded', 'cancelled'];
/** A day of a busy shop; what is older is found by the filters. */
const ORDERS_SHOWN_MAX = 500;

/** The orders of the day, newest first, and one of them in full. */
export function OrdersScreen({ id }: { id: string | undefined }) {
  const till = useTill();
  const speech = useSpeech();
  const { query } = usePlace();
  const shop = useTillState((state) => state.shop);
  const live = useTillState((state) => state.orders);
  const [text, setText] = useState('');
  const sought = useDeferredValue(text);
  const state = query.get('state') ?? '';
  const paid = query.get('pay') ?? '';
  const read = useQuery({
    queryKey: ['orders', 'list'],
    queryFn: ({ signal }) => till.readOrders(new URLSearchParams({ size: String(ORDERS_SHOWN_MAX) }), signal),
    placeholderData: keepPreviousData,
  });
  const isLate = useLate(read.isPending);
  const all = useMemo(() => (read.data ?? []).map((order) => live[order.id] ?? order), [read.data, live]);
  const shown = useMemo(
    () => all.filter((order) => (state === '' || order.state === state) && (paid === '' || order.payment_state === paid) && isSought(order, sought)),
    [all, state, paid, sought],
  );
  const today = all.filter((order) => order.business_date === shop?.business_date);
  const sum = today.reduce((total, order) => total + order.paid, 0);

  return (
    <main className={`${css.main} ${id === undefined ? '' : css.picked}`}>
      <section className={css.page} aria-label={speech.say('ordersTitle')}>
        <div className={css.head}>
          <h1>{speech.say('ordersTitle')}</h1>
          <span className={`${css.sub} num`}>{speech.say('ordersSum', { count: today.length, amount: speech.money(sum) })}</span>
          <span className={css.space} />
          <label className={css.search}>
            <Icon name="search" />
            <span className="vh">{speech.say('ordersSearch')}</span>
            <input type="search" value={text} placeholder={speech.say('ordersSearch')} data-testid="orders-search" onChange={(event) => setText(event.target.value)} />
          </label>
          <Button size="small" icon="in" testId="import-open" onClick={() => go('/import')}>{speech.say('importOpen')}</Button>
        </div>
        <div className={css.filters}>
          <div className={css.chips} role="group" aria-label={speech.say('colState')}>
            <button type="button" className={css.chip} aria-pressed={state === ''} data-testid="orders-all" onClick={() => setQuery({ state: undefined })}>
              {speech.say('all')} <small className="num">{all.length}</small>
            </button>
            {states.map((one) => (
              <button key={one} type="button" className={css.chip} aria-pressed={state === one} data-testid={`orders-${one}`} onClick={() => setQuery({ state: one })}>
                <Dot tone={stateDots[one]} />
                {speech.say(stateWords[one])} <small className="num">{all.filter((order) => order.state === one).length}</small>
              </button>
            ))}
          </div>
          <label className={css.paidFilter}>
            <span className="vh">{speech.say('payStateFilter')}</span>
            <select value={paid} data-testid="orders-pay" onChange={(event) => setQuery({ pay: event.target.value === '' ? undefined : event.target.value })}>
              <option value="">{speech.say('payStateFilter')}</option>
              {paidStates.map((one) => <option key={one} value={one}>{speech.say(paidWords[one])}</option>)}
            </select>
            <Icon name="down" size="small" />
          </label>
        </div>
        <div className={css.card}>
          {read.isError && read.data === undefined ? (
            <EmptyState icon="warn" tone="bad" role="alert" title={speech.say('ordersFailed')} text={speech.say('ordersFailedText')}>
              <Button look="ink" icon="again" onClick={() => void read.refetch()}>{speech.say('retry')}</Button>
            </EmptyState>
          ) : read.isPending ? (
            isLate && <div className={css.skeletons} aria-hidden="true">{Array.from({ length: 8 }, (_, index) => <i key={index} />)}</div>
          ) : shown.length === 0 ? (
            <EmptyState icon="receipt" title={speech.say(all.length === 0 ? 'ordersEmpty' : 'ordersNone')} text={all.length === 0 ? speech.say('ordersEmptyHint') : undefined} />
          ) : (
            <>
              <div className={css.columns} aria-hidden="true">
                <span>{speech.say('colNumber')}</span><span>{speech.say('colTime')}</span><span>{speech.say('colItems')}</span><span>{speech.say('colDining')}</span>
                <span>{speech.say('colState')}</span><span>{speech.say('colAmount')}</span>
              </div>
              <ul className={css.list}>
                {shown.map((order) => <li key={order.id}><OrderRow order={order} shop={shop} isOn={order.id === id} /></li>)}
              </ul>
            </>
          )}
        </div>
      </section>
      <OrderDetail key={id} id={id} />
    </main>
  );
}

function OrderRow({ order, shop, isOn }: { order: Order; shop: Shop | undefined; isOn: boolean }) {
  const speech = useSpeech();
  const dining = order.lines[0]?.dining;
  const table = shop?.tables.find((one) => one.id === order.table_id);
  return (
    <button type="button" className={css.row} aria-current={isOn} data-testid={`order-row-${order.id}`} onClick={() => go(`/orders/${order.id}`)}>
      <b className="num">{numberOf(order)}</b>
      <span className={`${css.sub} num`}>{shop === undefined ? '' : clockOf(order.created_at, shop.time_zone)}</span>
      <span className="ell">
        {order.source_plugin != null && <span className={css.byPlugin}><Icon name="plug" size="tiny" /></span>}
        {summaryOf(order.lines, speech)}
      </span>
      <span className={`${css.sub} ell`}>{table !== undefined ? speech.say('tableOf', { name: speech.name(table.title) }) : dining === undefined ? '' : speech.say(diningWords[dining])}</span>
      <span><Tag tone={stateTones[order.state]}>{speech.say(stateWords[order.state])}</Tag></span>
      <span className={`${css.amount} num`}>
        <b>{grouped(order.totals.charge)}</b>
        <small data-tone={paidTones[order.payment_state]}>{speech.say(paidWord(order))}</small>
      </span>
    </button>
  );
}

function isSought(order: Order, text: string): boolean {
  const sought = text.trim().toLowerCase();
  if (sought === '') return true;
  const words = [numberOf(order), order.receipt_number ?? '', ...order.lines.flatMap((line) => [line.title.ko, line.title.en ?? '']), ...order.payments.map((payment) => `${payment.approval?.number ?? ''} ${payment.approval?.card_number_masked ?? ''}`)];
  return words.some((word) => word.toLowerCase().includes(sought));
}
