import { useState } from 'react';
import type { Order, Table } from '../api/types';
import { go } from '../router';
import { grouped } from '../till/money';
import { choicesOf, numberOf } from '../till/saying';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { EmptyState, Seg, Stepper, Tag } from '../ui/pieces';
import { useQuery } from '@tanstack/react-query';
import css from './tables.module.css';

/** The tables of a shop that is paid after the meal, hall by hall, with what is open on each. */
export function TablesScreen({ hall }: { hall: string | undefined }) {
  const till = useTill();
  const speech = useSpeech();
  const { say } = speech;
  const shop = useTillState((state) => state.shop);
  const orders = useTillState((state) => state.orders);
  const cartCount = useTillState((state) => state.cart?.lines.length ?? 0);
  const [picked, setPicked] = useState<number | undefined>(undefined);
  const [isSeating, setSeating] = useState(false);
  useQuery({
    queryKey: ['orders', 'open'],
    queryFn: ({ signal }) => till.readOrders(new URLSearchParams({ state: 'opened,requested', size: '200' }), signal),
  });
  if (shop === undefined) return <main className={css.main} />;
  if (shop.tables.length === 0) {
    return (
      <main className={css.main}>
        <EmptyState icon="table" title={say('tablesNone')}><Button onClick={() => go('/order')}>{say('toOrder')}</Button></EmptyState>
      </main>
    );
  }
  const hallId = shop.halls.find((one) => String(one.id) === hall)?.id ?? shop.halls[0]?.id;
  const tables = shop.tables.filter((table) => table.hall_id === hallId);
  const used = tables.filter((table) => table.order_id != null).length;
  const table = shop.tables.find((one) => one.id === picked);
  const order = table?.order_id == null ? undefined : orders[table.order_id];

  const put = async (guests: number | undefined) => {
    if (table === undefined) return;
    setSeating(false);
    const placed = await till.checkOut(table.id, guests);
    if (placed !== undefined) till.notice('success', say('tableAdded', { name: speech.name(table.title) }));
  };
  return (
    <main className={css.main}>
      <section className={css.page} aria-label={say('tablesTitle')}>
        <div className={css.head}>
          <h1>{say('tablesTitle')}</h1>
          {shop.halls.length > 1 && (
            <Seg name={say('halls')} as="tablist" value={String(hallId)} choices={shop.halls.map((one) => ({ value: String(one.id), label: speech.name(one.title), testId: `hall-${one.id}` }))} onChange={(next) => go(`/tables/${next}`, 'replace')} />
          )}
          <span className={css.space} />
          <span className={`${css.sub} num`}>{say('tablesSum', { used, free: tables.length - used })}</span>
        </div>
        <ul className={css.grid}>
          {tables.map((one) => <li key={one.id}><TableTile table={one} order={one.order_id == null ? undefined : orders[one.order_id]} isOn={one.id === picked} onPick={() => setPicked(one.id)} /></li>)}
        </ul>
      </section>
      <aside className={css.side} aria-label={say('cart')}>
        {table === undefined ? (
          <EmptyState icon="table" title={say('tablePick')} />
        ) : (
          <>
            <div className={css.sideHead}>
              <h2>{speech.name(table.title)}</h2>
              {order !== undefined && <span className={`${css.sub} num`}>{numberOf(order)}</span>}
              {order?.guests != null && <span className={`${css.sub} num`}>{say('guests', { count: order.guests })}</span>}
            </div>
            {order === undefined ? <EmptyState icon="bag" title={say('tableFree')} text={cartCount === 0 ? say('tableEmptyHint') : undefined} /> : <CheckLines order={order} />}
            <div className={css.foot}>
              {order === undefined ? (
                <Button look="primary" size="large" testId="table-put" className={css.grow} aria-disabled={cartCount === 0} onClick={() => (cartCount === 0 ? go('/order') : setSeating(true))}>
                  {say(cartCount === 0 ? 'toOrder' : 'tablePut')}
                </Button>
              ) : order.unpaid > 0 ? (
                <button type="button" className={css.pay} data-testid="table-pay" onClick={() => go(`/pay/${order.id}`)}>
                  <span>{say('tablePay')}</span>
                  <b className="num">{speech.money(order.unpaid)}</b>
                </button>
              ) : (
                <Button look="primary" size="large" testId="table-complete" className={css.grow} onClick={() => void till.completeOrder(order)}>{say('orderComplete')}</Button>
              )}
            </div>
          </>
        )}
      </aside>
      {isSeating && <GuestsDialog most={table?.seats ?? 20} onClose={() => setSeating(false)} onSeat={(guests) => void put(guests)} />}
    </main>
  );
}

interface TableTileProps {
  table: Table;
  order: Order | undefined;
  isOn: boolean;
  onPick: () => void;
}

function TableTile({ table, order, isOn, onPick }: TableTileProps) {
  const till = useTill();
  const speech = useSpeech();
  const isUsed = table.order_id != null;
  const isPaid = order !== undefined && order.unpaid <= 0;
  const minutes = order === undefined ? undefined : Math.max(0, Math.floor((till.nowMs() - Date.parse(order.created_at)) / 60_000));
  const seats = isUsed || table.seats == null ? undefined : speech.say('seats', { count: table.seats });
  const told = [seats, minutes === undefined ? undefined : speech.say('minutesAgo', { count: minutes }), order?.guests == null ? undefined : speech.say('guests', { count: order.guests })].filter((part) => part !== undefined);
  return (
    <button type="button" className={`${css.table} ${isUsed ? css.used : ''} ${isPaid ? css.paid : ''} ${isOn ? css.on : ''}`} aria-pressed={isOn} data-testid={`table-${table.id}`} onClick={onPick}>
      <span className={css.tableTop}>
        <b>{speech.name(table.title)}</b>
        <span className={css.space} />
        <Tag tone={isPaid ? 'ok' : isUsed ? 'accent' : 'plain'}>{speech.say(isPaid ? 'tablePaid' : isUsed ? 'tableUsed' : 'tableFree')}</Tag>
      </span>
      <small className="num">{told.join(' · ')}</small>
      {order !== undefined && <b className={`${css.tableAmount} num`}>{grouped(order.totals.charge)}</b>}
    </button>
  );
}

function CheckLines({ order }: { order: Order }) {
  const speech = useSpeech();
  return (
    <ul className={css.lines}>
      {order.lines.map((line) => (
        <li key={line.key}>
          <span className={`${css.quantity} num`}>{line.quantity}×</span>
          <span><b>{speech.name(line.title)}</b>{line.choices.length > 0 && <small>{choicesOf(line, speech)}</small>}</span>
          <b className="num">{grouped(line.charge_amount)}</b>
        </li>
      ))}
    </ul>
  );
}

function GuestsDialog({ most, onSeat, onClose }: { most: number; onSeat: (guests: number) => void; onClose: () => void }) {
  const { say } = useSpeech();
  const [guests, setGuests] = useState(Math.min(2, most));
  return (
    <Dialog title={say('guestsAsk')} onClose={onClose}>
      <div className={css.guests}>
        <Stepper tall name={say('guestsAsk')} less={say('lineLess')} more={say('lineMore')} value={guests} least={1} most={Math.max(most, 99)} onChange={setGuests} />
      </div>
      <Button look="primary" size="large" testId="table-seat" data-autofocus onClick={() => onSeat(guests)}>{say('tablePut')}</Button>
    </Dialog>
  );
}
