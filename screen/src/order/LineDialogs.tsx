import { useState, type FormEvent } from 'react';
import type { AddDiscount } from '../api/types';
import { takenOffBy } from '../till/cart';
import { discountOf } from '../till/saying';
import { useSpeech, useTill, useTillState } from '../till/useTill';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { afterKey, Keypad, Seg } from '../ui/pieces';
import kit from '../ui/ui.module.css';
import css from './order.module.css';

interface LineDialogProps {
  /** The line it is about; none: the whole order. */
  lineKey: string | undefined;
  onClose: () => void;
}

/** A word for whoever makes it. */
export function MemoDialog({ lineKey, onClose }: LineDialogProps) {
  const till = useTill();
  const speech = useSpeech();
  const line = useTillState((state) => state.cart?.lines.find((one) => one.key === lineKey));
  const most = useTillState((state) => state.shop?.limits.memo_length_max ?? 0);
  const [memo, setMemo] = useState(() => (lineKey === undefined ? (till.store.get().cart?.memo ?? '') : (line?.memo ?? '')));
  const title = lineKey === undefined ? speech.say('cartMemo') : speech.say('memoFor', { name: line === undefined ? '' : speech.name(line.title) });
  const save = (event: FormEvent) => {
    event.preventDefault();
    till.tap(lineKey === undefined ? { do: 'order-memo', memo: memo.trim() } : { do: 'memo', key: lineKey, memo: memo.trim() });
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className={css.dialogForm} onSubmit={save}>
        <p className={css.sub}>{speech.say('memoHint')}</p>
        <label className={kit.field}>
          <span className="vh">{title}</span>
          <input data-autofocus value={memo} maxLength={most} data-testid="memo-text" onChange={(event) => setMemo(event.target.value)} />
        </label>
        <div className={css.dialogFoot}>
          <Button onClick={onClose}>{speech.say('cancelWord')}</Button>
          <Button look="primary" type="submit" testId="memo-save">{speech.say('memoSave')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Something off a line or off the whole; what is given already can be taken back. */
export function DiscountDialog({ lineKey, onClose }: LineDialogProps) {
  const till = useTill();
  const speech = useSpeech();
  const cart = useTillState((state) => state.cart);
  const line = cart?.lines.find((one) => one.key === lineKey);
  const [kind, setKind] = useState<'percent' | 'amount'>('percent');
  const [figure, setFigure] = useState(10);
  // The first key writes a figure of its own instead of adding to the suggested one.
  const [isSuggested, setSuggested] = useState(true);
  const price = lineKey === undefined ? (cart?.totals.charge ?? 0) : (line?.charge_amount ?? 0);
  const asked: AddDiscount = kind === 'percent' ? { title: { ko: '할인', en: 'Discount' }, basis_points: figure * 100 } : { title: { ko: '할인', en: 'Discount' }, amount: figure };
  const error = figure < 1 ? 'discountZero' : (kind === 'percent' ? figure > 100 : figure > price) ? 'discountTooBig' : undefined;
  const given = (lineKey === undefined ? cart?.discounts : line?.discounts) ?? [];
  const name = lineKey === undefined ? speech.say('cart') : line === undefined ? '' : speech.name(line.title);
  const apply = () => {
    if (error !== undefined) return;
    till.tap(lineKey === undefined ? { do: 'discount', discount: asked } : { do: 'line-discount', key: lineKey, discount: asked });
    onClose();
  };
  return (
    <Dialog title={lineKey === undefined ? speech.say('cartDiscount') : speech.say('discountFor', { name })} onClose={onClose}>
      {given.map((discount, index) => (
        <div key={index} className={css.given}>
          <Icon name={discount.plugin == null ? 'tag' : 'plug'} size="small" />
          <span>{discountOf(discount, speech)}</span>
          <Button
            size="small" icon="close" aria-label={speech.say('discountRemove', { title: discountOf(discount, speech) })}
            onClick={() => till.tap(lineKey === undefined ? { do: 'discount-remove', index } : { do: 'line-discount-remove', key: lineKey, index })}
          />
        </div>
      ))}
      <Seg
        name={speech.say('discountFor', { name })} value={kind}
        choices={[{ value: 'percent', label: speech.say('discountPercent'), testId: 'discount-percent' }, { value: 'amount', label: speech.say('discountAmount'), testId: 'discount-amount' }]}
        onChange={(next) => { setKind(next); setSuggested(true); setFigure(next === 'percent' ? 10 : 0); }}
      />
      <div className={css.discountFigure}>
        <b className="num" data-testid="discount-figure">{kind === 'percent' ? `${figure}%` : speech.money(figure)}</b>
        <span className="num">{error === undefined ? `−${speech.money(takenOffBy({ amount: asked.amount ?? null, basis_points: asked.basis_points ?? null }, price))}` : speech.say(error)}</span>
      </div>
      {kind === 'percent' && (
        <div className={css.quick}>
          {[5, 10, 20, 50].map((percent) => <Button key={percent} size="small" look={figure === percent ? 'ink' : 'quiet'} onClick={() => { setSuggested(true); setFigure(percent); }}>{percent}%</Button>)}
        </div>
      )}
      <Keypad dense name={speech.say('keypad')} eraseName={speech.say('erase')} onKey={(key) => { setSuggested(false); setFigure(afterKey(isSuggested ? 0 : figure, key, kind === 'percent' ? 100 : Math.max(price, 0))); }} />
      <Button look="primary" size="large" testId="discount-apply" data-autofocus aria-disabled={error !== undefined} onClick={apply}>{speech.say('discountApply')}</Button>
    </Dialog>
  );
}
