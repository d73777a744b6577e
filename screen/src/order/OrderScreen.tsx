import { useCallback, useEffect, useRef, useState } from 'react';
import type { Order } from '../api/types';
import { go, here, setQuery, usePlace } from '../router';
import { groupsOf } from '../till/options';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Icon } from '../ui/Icon';
import { Cart } from './Cart';
import { Menu } from './Menu';
import { OptionSheet } from './OptionSheet';
import { useOrderKeys } from './useOrderKeys';
import css from './order.module.css';

/** The order tab: the menu, and the cart beside it. */
export function OrderScreen() {
  const till = useTill();
  const { say } = useSpeech();
  const { query } = usePlace();
  const shop = useTillState((state) => state.shop);
  const [isCartOpen, setCartOpen] = useState(false);
  const [isPlacing, setPlacing] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const asked = query.get('sheet') === 'options' ? Number(query.get('menu')) : undefined;
  const item = asked === undefined ? undefined : shop?.items.find((one) => one.id === asked);
  const lineKey = query.get('line') ?? undefined;

  const tapItem = useCallback(
    (id: number) => {
      const { shop: now, counts } = till.store.get();
      const tapped = now?.items.find((one) => one.id === id);
      if (now === undefined || tapped === undefined) return;
      const name = till.store.get().language === 'en' ? (tapped.title.en ?? tapped.title.ko) : tapped.title.ko;
      if (tapped.sale_state !== 'on_sale') return till.notice('info', till.words('soldOutTold', { name }));
      if (tapped.stock_left != null && (counts.get(id) ?? 0) >= tapped.stock_left) return till.notice('info', till.words('noneLeftTold', { name }));
      const groups = groupsOf(tapped, now.options);
      if (groups.length > 0) setQuery({ sheet: 'options', menu: String(id), line: undefined }, 'push');
      else till.add(id);
    },
    [till],
  );

  const pay = useCallback(async () => {
    setPlacing(true);
    const order: Order | undefined = await till.checkOut();
    setPlacing(false);
    if (order !== undefined) go(`/pay/${order.id}`);
  }, [till]);

  useOrderKeys({ pay: () => void pay(), find: () => search.current?.focus() });
  useCartSpoken();
  const closeSheet = useCallback(() => {
    if (here().query.has('sheet')) setQuery({ sheet: undefined, menu: undefined, line: undefined });
  }, []);

  return (
    <main className={`${css.main} ${isCartOpen ? css.cartOpen : ''}`}>
      <h1 className="vh">{say('orderTitle')}</h1>
      <Menu onTap={tapItem} search={search} />
      <button type="button" className={css.cartScrim} aria-label={say('close')} tabIndex={-1} onClick={() => setCartOpen(false)} />
      <Cart isPlacing={isPlacing} onPay={() => void pay()} onClose={() => setCartOpen(false)} />
      <PayBar isPlacing={isPlacing} onPay={() => void pay()} onOpen={() => setCartOpen(true)} />
      {item !== undefined && shop !== undefined && <OptionSheet key={`${item.id} ${lineKey ?? ''}`} item={item} shop={shop} lineKey={lineKey} onClose={closeSheet} />}
    </main>
  );
}

/** On a phone: the cart as a button, and the sum. */
function PayBar({ isPlacing, onPay, onOpen }: { isPlacing: boolean; onPay: () => void; onOpen: () => void }) {
  const { say, money } = useSpeech();
  const charge = useTillState((state) => state.cart?.totals.charge ?? 0);
  const count = useTillState((state) => state.cart?.lines.reduce((sum, line) => sum + line.quantity, 0) ?? 0);
  return (
    <div className={css.payBar}>
      <button type="button" className={css.bag} data-testid="cart-open" onClick={onOpen}>
        <Icon name="bag" size="large" />
        <span className="vh">{say('cartOpen')}, {say('itemCount', { count })}</span>
        {count > 0 && <i className="num" aria-hidden="true">{count}</i>}
      </button>
      <button type="button" className={css.pay} data-testid="pay-open-m" aria-disabled={count === 0 || isPlacing} onClick={() => count > 0 && !isPlacing && onPay()}>
        <span>{isPlacing ? say('placing') : say('pay')}</span>
        <b className="num">{money(charge)}</b>
      </button>
    </div>
  );
}

/** One sentence with the new total, a moment after the last change. */
function useCartSpoken(): void {
  const till = useTill();
  const { say, money } = useSpeech();
  const charge = useTillState((state) => state.cart?.totals.charge);
  const count = useTillState((state) => state.cart?.lines.reduce((sum, line) => sum + line.quantity, 0));
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (charge === undefined || count === undefined) return;
    const sentence = count === 0 ? say('cartSpokenEmpty') : say('cartSpoken', { count, amount: money(charge) });
    if (before.current !== undefined && before.current !== sentence) till.speak(sentence);
    before.current = sentence;
  }, [till, charge, count, say, money]);
}
