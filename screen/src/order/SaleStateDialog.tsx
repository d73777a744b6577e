import { useState } from 'react';
import type { Item } from '../api/types';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Switch, Tag } from '../ui/pieces';
import kit from '../ui/ui.module.css';
import { itemsShown } from './items';
import css from './order.module.css';

/** Whether one item is sold out: opened on its tile. */
export function SaleStateDialog({ itemId, onClose }: { itemId: number; onClose: () => void }) {
  const till = useTill();
  const speech = useSpeech();
  const item = useTillState((state) => state.shop?.items.find((one) => one.id === itemId));
  if (item === undefined) return null;
  const next = item.sale_state_set === 'on_sale' ? 'sold_out' : 'on_sale';
  return (
    <Dialog title={speech.name(item.title)} testId="sale-state" onClose={onClose}>
      <p className={css.saleNow}><StateTag item={item} /><NoneLeft item={item} /></p>
      <Button
        look={next === 'sold_out' ? 'danger' : 'primary'} size="large" data-autofocus testId="sale-toggle"
        onClick={() => { onClose(); void till.setSaleState(item, next); }}
      >
        {speech.say(next === 'sold_out' ? 'saleOff' : 'saleOn')}
      </Button>
    </Dialog>
  );
}

/** Every item with whether it is sold: the way there without a long press. */
export function SaleStatesDialog({ onClose }: { onClose: () => void }) {
  const { say } = useSpeech();
  const shop = useTillState((state) => state.shop);
  const [text, setText] = useState('');
  if (shop === undefined) return null;
  const items = itemsShown(shop, undefined, text);
  return (
    <Dialog title={say('saleStates')} testId="sale-states" onClose={onClose}>
      <p className={css.sub}>{say('saleStatesHint')}</p>
      <label className={`${kit.field} ${css.saleSearch}`}>
        <Icon name="search" size="small" />
        <span className="vh">{say('searchMenu')}</span>
        <input type="search" data-autofocus value={text} placeholder={say('search')} autoComplete="off" data-testid="sale-search" onChange={(event) => setText(event.target.value)} />
      </label>
      {items.length === 0 ? <p className={css.sub}>{say('searchNone')}</p> : (
        <ul className={css.saleList}>{items.map((item) => <SaleRow key={item.id} item={item} />)}</ul>
      )}
    </Dialog>
  );
}

function SaleRow({ item }: { item: Item }) {
  const till = useTill();
  const { say, name } = useSpeech();
  const [isBusy, setBusy] = useState(false);
  const set = async (isOn: boolean) => {
    if (isBusy) return;
    setBusy(true);
    await till.setSaleState(item, isOn ? 'on_sale' : 'sold_out');
    setBusy(false);
  };
  return (
    <li>
      <span className={css.saleName}>
        <b>{name(item.title)}</b>
        <NoneLeft item={item} />
      </span>
      {item.sale_state !== 'on_sale' && <StateTag item={item} />}
      <Switch name={`${name(item.title)}: ${say('onSale')}`} on={item.sale_state_set === 'on_sale'} testId={`sale-${item.id}`} onChange={(isOn) => void set(isOn)} />
    </li>
  );
}

function StateTag({ item }: { item: Item }) {
  const { say } = useSpeech();
  return item.sale_state === 'on_sale' ? <Tag tone="ok">{say('onSale')}</Tag> : <Tag>{say('soldOut')}</Tag>;
}

/** Putting an item on sale brings none back: who counted 0 has to count again. */
function NoneLeft({ item }: { item: Item }) {
  const { say } = useSpeech();
  return item.stock_left != null && item.stock_left <= 0 ? <small className={css.sub}>{say('saleNoneLeft')}</small> : null;
}
