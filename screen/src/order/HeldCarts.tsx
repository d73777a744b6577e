import { countOf } from '../till/cart';
import { clockOf, summaryOf } from '../till/saying';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { EmptyState } from '../ui/pieces';
import css from './order.module.css';

/** The slips that were put aside; a tap takes one up again. */
export function HeldCarts({ onClose }: { onClose: () => void }) {
  const till = useTill();
  const speech = useSpeech();
  const { say, money } = speech;
  const held = useTillState((state) => state.held);
  const swaps = useTillState((state) => (state.cart?.lines.length ?? 0) > 0);
  const zone = useTillState((state) => state.shop?.time_zone ?? 'Asia/Seoul');
  return (
    <Dialog title={say('heldTitle')} testId="held-carts" onClose={onClose}>
      {held.length === 0 && <EmptyState icon="hold" title={say('heldNone')} />}
      {held.length > 0 && swaps && <p className={css.sub}>{say('heldSwap')}</p>}
      <ul className={css.heldList}>
        {held.map((one) => (
          <li key={one.cart.id}>
            <button type="button" data-testid="held-cart" onClick={() => { onClose(); void till.takeUp(one); }}>
              <span className="num">{clockOf(one.held_at, zone)}</span>
              <span className={css.heldText}>
                <b>{summaryOf(one.cart.lines, speech)}</b>
                <small>{say('itemCount', { count: countOf(one.cart.lines) })}</small>
                {one.cart.memo !== '' && <small><Icon name="pencil" size="tiny" /> {one.cart.memo}</small>}
              </span>
              <b className="num">{money(one.cart.totals.charge)}</b>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
