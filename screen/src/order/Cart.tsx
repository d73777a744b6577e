import { memo, useEffect, useRef, useState } from 'react';
import type { Dining, Line } from '../api/types';
import { go, setQuery } from '../router';
import { countOf, offEach } from '../till/cart';
import { grouped, takenOff } from '../till/money';
import { choicesOf, diningWords, discountOf } from '../till/saying';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { EmptyState, IconButton, Seg, Stepper } from '../ui/pieces';
import { HeldCarts } from './HeldCarts';
import { DiscountDialog, MemoDialog } from './LineDialogs';
import { SaleStatesDialog } from './SaleStateDialog';
import css from './order.module.css';

interface CartProps {
  isPlacing: boolean;
  onPay: () => void;
  onClose: () => void;
}

const dinings: Dining[] = ['here', 'togo', 'delivery', 'pickup'];
type Asking = { what: 'memo' | 'discount'; line: string | undefined } | { what: 'clear' | 'held' | 'sale' };

/** The order slip: what was tapped, what it comes to, and the way to pay. */
export function Cart({ isPlacing, onPay, onClose }: CartProps) {
  const till = useTill();
  const { say } = useSpeech();
  const dining = useTillState((state) => state.cart?.dining);
  const lineKeys = useTillState((state) => state.cart?.lines.map((line) => line.key).join('\n') ?? '');
  const count = useTillState((state) => (state.cart === undefined ? 0 : countOf(state.cart.lines)));
  const memo = useTillState((state) => state.cart?.memo ?? '');
  const heldCount = useTillState((state) => state.held.length);
  const hasTables = useTillState((state) => state.shop?.payment_time === 'later');
  const [asking, setAsking] = useState<Asking | undefined>(undefined);
  const [isMoreOpen, setMoreOpen] = useState(false);
  const keys = lineKeys === '' ? [] : lineKeys.split('\n');

  useEffect(() => {
    const ask = (event: Event) => setAsking((event as CustomEvent<Asking>).detail);
    addEventListener('madang:ask-line', ask);
    return () => removeEventListener('madang:ask-line', ask);
  }, []);

  return (
    <aside className={css.cart} aria-label={say('cart')}>
      <div className={css.cartHead}>
        <div className={css.cartTitle}>
          <b>{say('cartNew')}</b>
          <span className={`${css.sub} num`} data-testid="cart-count">{say('itemCount', { count })}</span>
          <span className={css.space} />
          {heldCount > 0 && (
            <button type="button" className={css.heldOpen} data-testid="held-open" onClick={() => setAsking({ what: 'held' })}>
              <Icon name="hold" size="small" />
              <span className="num">{say('heldOpen', { count: heldCount })}</span>
            </button>
          )}
          <IconButton icon="more" name={say('cartMore')} testId="cart-more" aria-expanded={isMoreOpen} onClick={() => setMoreOpen(!isMoreOpen)} />
          <IconButton icon="close" name={say('close')} className={css.cartClose} onClick={onClose} />
        </div>
        {isMoreOpen && (
          <div className={css.more} role="group" aria-label={say('cartMore')}>
            <Button size="small" icon="pencil" testId="cart-memo" onClick={() => { setMoreOpen(false); setAsking({ what: 'memo', line: undefined }); }}>{say('cartMemo')}</Button>
            <Button size="small" icon="tag" testId="cart-discount" disabled={count === 0} onClick={() => { setMoreOpen(false); setAsking({ what: 'discount', line: undefined }); }}>{say('cartDiscount')}</Button>
            {hasTables && <Button size="small" icon="hold" testId="cart-hold" disabled={count === 0} onClick={() => { setMoreOpen(false); void till.hold(); }}>{say('cartHold')}</Button>}
            <Button size="small" icon="no" testId="sale-states-open" onClick={() => { setMoreOpen(false); setAsking({ what: 'sale' }); }}>{say('saleStates')}</Button>
            <Button size="small" look="dangerPlain" icon="bin" testId="cart-clear" disabled={count === 0} onClick={() => { setMoreOpen(false); setAsking({ what: 'clear' }); }}>{say('cartClear')}</Button>
          </div>
        )}
        <Seg
          name={say('dining')} testId="dining-option" value={dining} className={css.dining} choices={dinings.map((value) => ({ value, label: say(diningWords[value]) }))}
          onChange={(value) => till.tap({ do: 'dining', dining: value })}
        />
      </div>
      {keys.length === 0 ? (
        <EmptyState icon="bag" title={say('cartEmpty')} text={say('cartEmptyHint')} />
      ) : (
        <ul className={css.lines} data-testid="cart-lines" aria-label={say('cart')}>
          {keys.map((key) => <CartLine key={key} lineKey={key} onAsk={setAsking} />)}
        </ul>
      )}
      <div className={css.sum}>
        {memo !== '' && <p className={css.memo}><Icon name="pencil" size="tiny" />{memo}</p>}
        <Totals />
        <div className={css.payRow}>
          {!hasTables && (
            <button type="button" className={css.hold} data-testid="cart-hold" aria-disabled={count === 0} onClick={() => void till.hold()}>
              <Icon name="hold" />
              {say('cartHold')}
            </button>
          )}
          {hasTables && (
            <button type="button" className={css.hold} data-testid="cart-table" aria-disabled={count === 0} onClick={() => go('/tables')}>
              <Icon name="table" />
              {say('navTables')}
            </button>
          )}
          <PayButton isPlacing={isPlacing} count={count} onPay={onPay} />
        </div>
      </div>
      {asking?.what === 'memo' && <MemoDialog lineKey={asking.line} onClose={() => setAsking(undefined)} />}
      {asking?.what === 'discount' && <DiscountDialog lineKey={asking.line} onClose={() => setAsking(undefined)} />}
      {asking?.what === 'held' && <HeldCarts onClose={() => setAsking(undefined)} />}
      {asking?.what === 'sale' && <SaleStatesDialog onClose={() => setAsking(undefined)} />}
      {asking?.what === 'clear' && (
        <Dialog title={say('cartClearAsk')} onClose={() => setAsking(undefined)}>
          <div className={css.dialogFoot}>
            <Button onClick={() => setAsking(undefined)}>{say('cancelWord')}</Button>
            <Button look="danger" testId="cart-clear-yes" data-autofocus onClick={() => { till.tap({ do: 'clear' }); setAsking(undefined); }}>{say('cartClear')}</Button>
          </div>
        </Dialog>
      )}
    </aside>
  );
}

function PayButton({ isPlacing, count, onPay }: { isPlacing: boolean; count: number; onPay: () => void }) {
  const till = useTill();
  const { say, money } = useSpeech();
  const charge = useTillState((state) => state.cart?.totals.charge ?? 0);
  const press = () => {
    if (isPlacing) return;
    if (count === 0) till.notice('info', say('payDisabledEmpty'));
    else onPay();
  };
  return (
    <button type="button" className={css.pay} data-testid="pay-open" aria-disabled={count === 0 || isPlacing} onClick={press}>
      <span>{isPlacing ? say('placing') : say('pay')}</span>
      <b className="num" data-testid="cart-total">{money(charge)}</b>
    </button>
  );
}

function Totals() {
  const till = useTill();
  const speech = useSpeech();
  const cart = useTillState((state) => state.cart);
  if (cart === undefined || cart.lines.length === 0) return null;
  const lineOff = cart.lines.reduce((sum, line) => sum + line.discount_amount, 0);
  const offs = offEach(cart);
  return (
    <dl className={css.totals}>
      <div><dt>{speech.say('listAmount')}</dt><dd className="num">{grouped(cart.totals.list)}</dd></div>
      {lineOff > 0 && <div><dt>{speech.say('lineDiscounts')}</dt><dd className="num">{takenOff(lineOff)}</dd></div>}
      {cart.discounts.map((discount, index) => {
        const off = offs[index] ?? 0;
        const title = discountOf(discount, speech);
        const isPlugin = discount.plugin != null;
        return (
          <div key={index} className={isPlugin ? css.byPlugin : ''}>
            <dt>
              {isPlugin && <Icon name="plug" size="tiny" />}
              {title}
              <button type="button" className={css.discountRemove} aria-label={speech.say('discountRemove', { title })} onClick={() => till.tap({ do: 'discount-remove', index })}>
                <Icon name="close" size="tiny" />
              </button>
            </dt>
            <dd className="num">{takenOff(off)}</dd>
          </div>
        );
      })}
    </dl>
  );
}

/** One line; drawn again only when it changes or is chosen. */
const CartLine = memo(function CartLine({ lineKey, onAsk }: { lineKey: string; onAsk: (asking: Asking) => void }) {
  const till = useTill();
  const speech = useSpeech();
  const line = useTillState((state) => state.cart?.lines.find((one) => one.key === lineKey));
  const isChosen = useTillState((state) => state.chosenLine === lineKey);
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [isChosen]);
  if (line === undefined) return null;
  const choices = choicesOf(line, speech);
  const discounts = line.discounts.map((discount) => discountOf(discount, speech)).join(' · ');
  return (
    <li ref={row} className={`${css.line} ${isChosen ? css.lineChosen : ''} ${line.plugin == null ? '' : css.lineByPlugin}`} data-testid={`cart-line-${line.item_id}`}>
      <button type="button" className={css.lineMain} aria-expanded={isChosen} onClick={() => till.chooseLine(isChosen ? undefined : lineKey)}>
        <span className={`${css.lineQuantity} num`}>{line.quantity}×</span>
        <span className={css.lineText}>
          <b>
            {speech.name(line.title)}
            {line.plugin != null && <span className={css.lineMark} title={speech.say('lineByPlugin', { plugin: line.plugin })}><Icon name="plug" size="tiny" /></span>}
          </b>
          {line.plugin != null && <span className="vh">{speech.say('lineByPlugin', { plugin: line.plugin })}</span>}
          {choices !== '' && <span className={css.lineSmall}>{choices}</span>}
          {discounts !== '' && <span className={css.lineSmall}>{discounts}</span>}
          {line.memo !== '' && <span className={css.lineMemo}><Icon name="pencil" size="tiny" />{line.memo}</span>}
        </span>
        <span className={`${css.lineAmount} num`}>
          {line.discount_amount > 0 && <s>{grouped(line.list_amount)}</s>}
          {grouped(line.charge_amount)}
        </span>
      </button>
      {isChosen && <LineActs line={line} onAsk={onAsk} />}
    </li>
  );
});

function LineActs({ line, onAsk }: { line: Line; onAsk: (asking: Asking) => void }) {
  const till = useTill();
  const { say } = useSpeech();
  const most = useTillState((state) => state.shop?.limits.quantity_max ?? 1);
  const hasOptions = useTillState((state) => (state.shop?.items.find((item) => item.id === line.item_id)?.option_ids.length ?? 0) > 0);
  return (
    <div className={css.acts}>
      <Stepper
        name={say('lineQuantity')} less={say('lineLess')} more={say('lineMore')} value={line.quantity} least={1} most={line.fixed.quantity ? line.quantity : most}
        testIds={{ less: 'line-minus', more: 'line-plus' }} onChange={(quantity) => till.tap({ do: 'quantity', key: line.key, quantity })}
      />
      {hasOptions && !line.fixed.choices && (
        <button type="button" className={css.act} aria-label={say('lineChange')} title={say('lineChange')} data-testid="line-choices" onClick={() => setQuery({ sheet: 'options', menu: String(line.item_id), line: line.key }, 'push')}>
          <Icon name="down" size="small" />
        </button>
      )}
      <button type="button" className={`${css.act} ${css.actWide}`} disabled={line.fixed.memo} data-testid="line-memo" onClick={() => onAsk({ what: 'memo', line: line.key })}>
        <Icon name="pencil" size="small" /><span>{say('lineMemo')}</span>
      </button>
      <button type="button" className={`${css.act} ${css.actWide}`} data-testid="line-discount" onClick={() => onAsk({ what: 'discount', line: line.key })}>
        <Icon name="tag" size="small" /><span>{say('lineDiscount')}</span>
      </button>
      <button type="button" className={`${css.act} ${css.actRemove}`} aria-label={say('lineRemove')} title={say('lineRemove')} data-testid="line-remove" onClick={() => till.tap({ do: 'remove', key: line.key })}>
        <Icon name="bin" size="small" />
      </button>
    </div>
  );
}
