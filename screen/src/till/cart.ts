import type { AddDiscount, Cart, Chosen, Dining, Discount, Line, Shop, Totals } from '../api/types';
import { asChosen, defaults, groupsOf } from './options';

/** What a cashier does to the cart. Each is painted at once and corrected by the till's answer. */
export type Tap =
  | { do: 'add'; localKey: string; item: number; quantity: number; choices: Chosen[] | undefined }
  | { do: 'quantity'; key: string; quantity: number }
  | { do: 'memo'; key: string; memo: string }
  | { do: 'choices'; key: string; choices: Chosen[] }
  | { do: 'remove'; key: string }
  | { do: 'line-discount'; key: string; discount: AddDiscount }
  | { do: 'line-discount-remove'; key: string; index: number }
  | { do: 'discount'; discount: AddDiscount }
  | { do: 'discount-remove'; index: number }
  | { do: 'dining'; dining: Dining }
  | { do: 'order-memo'; memo: string }
  | { do: 'clear' };

/** The cart as it will most likely be once the till has taken the tap. */
export function afterTap(cart: Cart, tap: Tap, shop: Shop): Cart {
  switch (tap.do) {
    case 'add':
      return withLines(cart, added(cart, tap, shop));
    case 'quantity':
      return changed(cart, tap.key, (line) => ({ ...line, quantity: tap.quantity }));
    case 'memo':
      return changed(cart, tap.key, (line) => ({ ...line, memo: tap.memo }));
    case 'choices':
      return changed(cart, tap.key, (line) => withChoices(line, tap.choices, shop));
    case 'remove':
      return withLines(cart, cart.lines.filter((line) => line.key !== tap.key));
    case 'line-discount':
      return changed(cart, tap.key, (line) => ({ ...line, discounts: [...line.discounts, discountOf(tap.discount)] }));
    case 'line-discount-remove':
      return changed(cart, tap.key, (line) => ({ ...line, discounts: line.discounts.filter((_, index) => index !== tap.index) }));
    case 'discount':
      return counted({ ...cart, discounts: [...cart.discounts, discountOf(tap.discount)] });
    case 'discount-remove':
      return counted({ ...cart, discounts: cart.discounts.filter((_, index) => index !== tap.index) });
    case 'dining':
      return counted({ ...cart, dining: tap.dining, lines: cart.lines.map((line) => ({ ...line, dining: tap.dining })) });
    case 'order-memo':
      return { ...cart, memo: tap.memo };
    case 'clear':
      return counted({ ...cart, lines: [], discounts: [], memo: '' });
  }
}

/** How many of each item are in the cart, for the tiles. */
export function countsByItem(cart: Cart): Map<number, number> {
  const counts = new Map<number, number>();
  for (const line of cart.lines) counts.set(line.item_id, (counts.get(line.item_id) ?? 0) + line.quantity);
  return counts;
}

/** How many things there are in all. */
export function countOf(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + line.quantity, 0);
}

/**
 * Which line of the till's answer an added line became: the new one, or the equal one it was joined with. Taps that were made
 * on the line before the till had named it are then sent under its real name.
 */
export function lineOfAnswer(before: Cart, answer: Cart, tap: Extract<Tap, { do: 'add' }>, shop: Shop): string | undefined {
  const known = new Map(before.lines.map((line) => [line.key, line.quantity]));
  const wanted = choiceMark(lineOf(tap, shop, answer.dining)?.choices ?? []);
  const candidates = answer.lines.filter((line) => line.item_id === tap.item && line.plugin == null && choiceMark(line.choices) === wanted);
  const fresh = candidates.findLast((line) => !known.has(line.key));
  return (fresh ?? candidates.find((line) => line.quantity > (known.get(line.key) ?? 0)))?.key;
}

/** A tap on a line under its other name. */
export function renamed(tap: Tap, from: string, to: string): Tap {
  return 'key' in tap && tap.key === from ? { ...tap, key: to } : tap;
}

/** What a discount takes off a price. A part is rounded half away from nothing, as the till does. */
export function takenOffBy(discount: Pick<Discount, 'amount' | 'basis_points'>, price: number): number {
  if (discount.amount != null) return Math.min(discount.amount, price);
  return Math.round((price * (discount.basis_points ?? 0)) / 10_000);
}

/** What each discount of the whole takes off: each its part of what the ones before have left. */
export function offEach(cart: Pick<Cart, 'lines' | 'discounts'>): number[] {
  const price = cart.lines.reduce((sum, line) => sum + line.charge_amount, 0);
  return cart.discounts.reduce<{ left: number; each: number[] }>(
    ({ left, each }, discount) => {
      const off = takenOffBy(discount, left);
      return { left: left - off, each: [...each, off] };
    },
    { left: price, each: [] },
  ).each;
}

/** What lines and discounts come to; the till's own answer replaces it within the same breath. */
export function totalsOf(lines: readonly Line[], discounts: readonly Discount[]): Totals {
  const list = lines.reduce((sum, line) => sum + line.list_amount, 0);
  const side = (taxFree: boolean) => lines.reduce((sum, line) => sum + (line.tax_free === taxFree ? line.charge_amount : 0), 0);
  const [taxableBefore, freeBefore] = [side(false), side(true)];
  const off = taxableBefore + freeBefore - afterDiscounts(taxableBefore + freeBefore, discounts);
  const offFree = taxableBefore + freeBefore === 0 ? 0 : Math.floor((off * freeBefore) / (taxableBefore + freeBefore));
  const taxable = taxableBefore - (off - offFree);
  const taxFree = freeBefore - offFree;
  const charge = taxable + taxFree;
  const tax = Math.round(taxable / 11);
  return { list, discount: list - charge, charge, taxable, tax_free: taxFree, tax, supply: taxable - tax };
}

function added(cart: Cart, tap: Extract<Tap, { do: 'add' }>, shop: Shop): Line[] {
  const line = lineOf(tap, shop, cart.dining);
  if (line === undefined) return cart.lines;
  const same = cart.lines.find((there) => isSameWish(there, line));
  if (same === undefined) return [...cart.lines, line];
  return cart.lines.map((there) => (there === same ? recount({ ...there, quantity: there.quantity + line.quantity }) : there));
}

function lineOf(tap: Extract<Tap, { do: 'add' }>, shop: Shop, dining: Dining): Line | undefined {
  const item = shop.items.find((one) => one.id === tap.item);
  if (item === undefined) return undefined;
  const groups = groupsOf(item, shop.options);
  const bare: Line = {
    key: tap.localKey, item_id: item.id, title: item.title, category_id: item.category_id, price_kind: item.price_kind, tax_free: item.tax_free,
    choices: [], quantity: tap.quantity, unit_amount: item.amount, list_amount: 0, discount_amount: 0, charge_amount: 0, discounts: [], memo: '',
    dining, fixed: { memo: false, choices: false, quantity: false }, plugin: null,
  };
  return recount(withChoices(bare, tap.choices ?? asChosen(groups, defaults(groups)), shop));
}

function withChoices(line: Line, chosen: readonly Chosen[], shop: Shop): Line {
  const item = shop.items.find((one) => one.id === line.item_id);
  if (item === undefined) return line;
  const choices = groupsOf(item, shop.options).flatMap((group) =>
    group.choices.flatMap((choice) => {
      const quantity = chosen.find((one) => one.id === choice.id)?.quantity;
      return quantity === undefined ? [] : [{ id: choice.id, option_id: group.id, title: choice.title, amount: choice.amount, quantity }];
    }),
  );
  const unit = item.amount + choices.reduce((sum, choice) => sum + choice.amount * choice.quantity, 0);
  return { ...line, choices, unit_amount: unit };
}

function changed(cart: Cart, key: string, change: (line: Line) => Line): Cart {
  return withLines(cart, cart.lines.map((line) => (line.key === key ? recount(change(line)) : line)));
}

function recount(line: Line): Line {
  const list = line.unit_amount * line.quantity;
  const charge = afterDiscounts(list, line.discounts);
  return { ...line, list_amount: list, discount_amount: list - charge, charge_amount: charge };
}

function afterDiscounts(price: number, discounts: readonly Discount[]): number {
  return discounts.reduce((left, discount) => left - takenOffBy(discount, left), price);
}

function withLines(cart: Cart, lines: Line[]): Cart {
  return counted({ ...cart, lines });
}

function counted(cart: Cart): Cart {
  return { ...cart, totals: totalsOf(cart.lines, cart.discounts) };
}

function discountOf(asked: AddDiscount): Discount {
  return { title: asked.title ?? { ko: '할인', en: 'Discount' }, amount: asked.amount ?? null, basis_points: asked.basis_points ?? null, plugin: null };
}

function isSameWish(there: Line, added: Line): boolean {
  const isFree = !there.fixed.memo && !there.fixed.choices && !there.fixed.quantity;
  return (
    there.item_id === added.item_id && choiceMark(there.choices) === choiceMark(added.choices) && there.memo === '' && there.dining === added.dining &&
    there.discounts.length === 0 && there.plugin == null && isFree
  );
}

function choiceMark(choices: readonly { id: number; quantity: number }[]): string {
  return choices.map((choice) => `${choice.id}×${choice.quantity}`).sort().join(' ');
}
