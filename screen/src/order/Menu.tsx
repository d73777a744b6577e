import { memo, useDeferredValue, useMemo, useState, type KeyboardEvent, type RefObject } from 'react';
import type { Item, Shop } from '../api/types';
import { grouped } from '../till/money';
import { useSpeech, useTill, useTillState, type Speech } from '../till/useTill';
import { Button } from '../ui/Button';
import { Glyph, Icon } from '../ui/Icon';
import { EmptyState, IconButton, Tag, useLate } from '../ui/pieces';
import { useLongPress } from '../ui/useLongPress';
import { itemsShown } from './items';
import { SaleStateDialog } from './SaleStateDialog';
import css from './order.module.css';

/** Fewer than this many left is told on the tile. */
const LOW_STOCK = 5;

interface MenuProps {
  onTap: (item: number) => void;
  search: RefObject<HTMLInputElement | null>;
}

/** What the shop sells, by category or as it is searched for. */
export function Menu({ onTap, search }: MenuProps) {
  const speech = useSpeech();
  const till = useTill();
  const shop = useTillState((state) => state.shop);
  const [category, setCategory] = useState<number | undefined>(undefined);
  const [text, setText] = useState('');
  const [saleOf, setSaleOf] = useState<number | undefined>(undefined);
  const sought = useDeferredValue(text);
  const isLate = useLate(shop === undefined);
  const items = useMemo(() => (shop === undefined ? [] : itemsShown(shop, category, sought)), [shop, category, sought]);

  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape') {
      setText('');
      event.currentTarget.blur();
    } else if (event.key === 'Enter' && items[0] !== undefined && text.trim() !== '') {
      onTap(items[0].id);
      setText('');
    }
  };

  return (
    <section className={css.menu} aria-label={speech.say('menu')}>
      <div className={css.cats}>
        <label className={`${css.search} ${text === '' ? '' : css.searchOpen}`}>
          <Icon name="search" />
          <span className="vh">{speech.say('searchMenu')}</span>
          <input
            ref={search} type="search" value={text} placeholder={speech.say('search')} data-testid="menu-search" autoComplete="off" enterKeyHint="search"
            onChange={(event) => setText(event.target.value)} onKeyDown={press}
          />
          {text === '' ? <kbd aria-hidden="true">/</kbd> : <IconButton icon="close" dense name={speech.say('searchClear')} onClick={() => setText('')} />}
        </label>
        <Categories shop={shop} value={category} onChange={setCategory} speech={speech} />
      </div>
      {shop !== undefined && items.length === 0 ? (
        <EmptyState icon="search" title={speech.say('searchNone')}>
          <Button onClick={() => { setText(''); setCategory(undefined); }}>{speech.say('searchClear')}</Button>
        </EmptyState>
      ) : (
        <ul className={css.grid} aria-label={speech.say('menu')} aria-busy={shop === undefined}>
          {shop === undefined && isLate && Array.from({ length: 12 }, (_, index) => <li key={index} className={css.tileSkeleton} aria-hidden="true" />)}
          {items.map((item) => (
            <li key={item.id} className={css.cell}>
              <Tile item={item} onTap={onTap} onMenu={setSaleOf} />
            </li>
          ))}
        </ul>
      )}
      {saleOf !== undefined && <SaleStateDialog itemId={saleOf} onClose={() => setSaleOf(undefined)} />}
      {till.store.get().link === 'connecting' && isLate && <p className="vh" role="status">{speech.say('loading')}</p>}
    </section>
  );
}

interface CategoriesProps {
  shop: Shop | undefined;
  value: number | undefined;
  onChange: (category: number | undefined) => void;
  speech: Speech;
}

function Categories({ shop, value, onChange, speech }: CategoriesProps) {
  const tabs = [{ id: undefined, title: speech.say('all') }, ...(shop?.categories ?? []).map((one) => ({ id: one.id as number | undefined, title: speech.name(one.title) }))];
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (tabs.findIndex((tab) => tab.id === value) + step + tabs.length) % tabs.length;
    onChange(tabs[next]?.id);
    (event.currentTarget.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div className={css.chips} role="tablist" aria-label={speech.say('categories')} tabIndex={-1} onKeyDown={move}>
      {tabs.map((tab, index) => (
        <button
          key={tab.id ?? 'all'} type="button" role="tab" className={css.chip} aria-selected={tab.id === value} tabIndex={tab.id === value ? 0 : -1}
          data-testid={`cat-${index}`} onClick={() => onChange(tab.id)}
        >
          {tab.title}
        </button>
      ))}
    </div>
  );
}

/** One thing the shop sells. Drawn again only when it, or how many of it are in the cart, changes. */
const Tile = memo(function Tile({ item, onTap, onMenu }: { item: Item; onTap: (item: number) => void; onMenu: (item: number) => void }) {
  const speech = useSpeech();
  const menu = useLongPress(() => onMenu(item.id));
  const inCart = useTillState((state) => state.counts.get(item.id) ?? 0);
  const isOut = item.sale_state !== 'on_sale';
  const left = item.stock_left ?? undefined;
  const isLow = !isOut && left !== undefined && left <= LOW_STOCK;
  const other = speech.other(item.title);
  return (
    <button
      type="button" className={`${css.tile} ${inCart > 0 ? css.tileIn : ''} ${isOut ? css.tileOut : ''} ${isLow && inCart === 0 ? css.tileFew : ''}`} aria-disabled={isOut}
      data-testid={`menu-tile-${item.id}`} aria-keyshortcuts="Shift+F10" onClick={() => onTap(item.id)} {...menu}
    >
      <span className={css.tileName}>{speech.name(item.title)}</span>
      {other !== undefined && <span className={`${css.tileOther} ell`} lang={speech.language === 'ko' ? 'en' : 'ko'} aria-hidden="true">{other}</span>}
      <span className="vh"> {speech.money(item.amount)}</span>
      <span className={`${css.tilePrice} num`} aria-hidden="true">{grouped(item.amount)}</span>
      <span className={css.tileGlyph} data-glyph={item.glyph}>
        <Glyph name={item.glyph} />
      </span>
      {inCart > 0 && <span className="vh">, {speech.say('tileIn', { count: inCart })}</span>}
      {inCart > 0 && <span className={`${css.tileCount} num`} aria-hidden="true">{inCart}</span>}
      {isOut && <Tag className={css.tileCorner}>{speech.say('soldOut')}</Tag>}
      {isLow && <Tag tone="warn" className={`${inCart > 0 ? css.tileLow : css.tileCorner} num`}><span className={css.lowFull}>{speech.say('left', { count: left })}</span><span className={css.lowShort}>{speech.say('leftShort', { count: left })}</span></Tag>}
    </button>
  );
});
