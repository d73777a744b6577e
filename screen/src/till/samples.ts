import type { Cart, Choice, Item, Line, OptionGroup, Shop } from '../api/types';

/** Small pieces of a shop for tests; each test writes down only what it is about. */
export const text = (ko: string) => ({ ko, en: null });

export const choice = (id: number, more: Partial<Choice> = {}): Choice => ({
  id, title: text(`choice ${id}`), amount: 0, sale_state: 'on_sale', countable: false, ...more,
});

export const group = (id: number, choices: Choice[], more: Partial<OptionGroup> = {}): OptionGroup => ({
  id, title: text(`group ${id}`), choices_min: 0, choices_max: null, choices, default_choice_ids: [], ...more,
});

export const item = (id: number, more: Partial<Item> = {}): Item => ({
  id, title: text(`item ${id}`), category_id: 1, description: null, sale_state: 'on_sale', sale_state_set: 'on_sale', stock_left: null,
  amount: 4_500, price_kind: 'fixed', tax_free: false, barcode: null, labels: [], glyph: 'coffee', option_ids: [], ...more,
});

export const line = (key: string, more: Partial<Line> = {}): Line => ({
  key, item_id: 1, title: text('item 1'), category_id: 1, price_kind: 'fixed', tax_free: false, choices: [], quantity: 1,
  unit_amount: 4_500, list_amount: 4_500, discount_amount: 0, charge_amount: 4_500, discounts: [], memo: '', dining: 'here',
  fixed: { memo: false, choices: false, quantity: false }, plugin: null, ...more,
});

export const cart = (lines: Line[] = [], more: Partial<Cart> = {}): Cart => {
  const list = lines.reduce((sum, one) => sum + one.list_amount, 0);
  const charge = lines.reduce((sum, one) => sum + one.charge_amount, 0);
  return {
    id: 'cart', lines, discounts: [], dining: 'here', memo: '',
    totals: { list, discount: list - charge, charge, taxable: charge, tax_free: 0, tax: Math.round(charge / 11), supply: charge - Math.round(charge / 11) },
    ...more,
  };
};

export const shop = (items: Item[], options: OptionGroup[] = []): Shop => ({
  key: 'cafe', name: text('성수 로스터리'), merchant_id: 1, business: 'cafe', payment_time: 'first', currency: { code: 'KRW', decimals: 0 },
  time_zone: 'Asia/Seoul', day_begins_at_hour: 5, business_date: '2026-11-22', now: '2026-11-22T03:41:00Z', serial_number: 'T-1',
  categories: [{ id: 1, title: text('커피') }], items, options, halls: [], tables: [],
  limits: { quantity_max: 9_999, lines_max: 500, memo_length_max: 500, discounts_max: 20, amount_max: 1_000_000_000_000, ready_minutes_max: 1_440 },
});
