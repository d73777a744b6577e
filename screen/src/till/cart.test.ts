import { describe, expect, test } from 'vitest';
import type { Cart } from '../api/types';
import { afterTap, countsByItem, lineOfAnswer, renamed, takenOffBy, type Tap } from './cart';
import { cart, choice, group, item, line, shop } from './samples';

const hot = choice(10);
const iced = choice(11, { amount: 500 });
const menu = shop(
  [item(1, { option_ids: [1] }), item(2, { amount: 3_800 }), item(3, { amount: 1_000, tax_free: true })],
  [group(1, [hot, iced], { choices_min: 1, choices_max: 1, default_choice_ids: [10] })],
);
const add = (id: number, more: Partial<Extract<Tap, { do: 'add' }>> = {}): Extract<Tap, { do: 'add' }> => ({
  do: 'add', localKey: `local-${id}`, item: id, quantity: 1, choices: undefined, ...more,
});
const after = (taps: Tap[], from: Cart = cart()) => taps.reduce((there, tap) => afterTap(there, tap, menu), from);
const short = (there: Cart) => there.lines.map((one) => [one.item_id, one.quantity, one.charge_amount]);

describe('taps painted at once', () => {
  test.each<[string, Tap[], unknown, number]>([
    ['a tap adds a line with the defaults', [add(1)], [[1, 1, 4_500]], 4_500],
    ['the same tap again makes it two', [add(1), add(1)], [[1, 2, 9_000]], 9_000],
    ['other choices are another line', [add(1), add(1, { choices: [{ id: 11, quantity: 1 }] })], [[1, 1, 4_500], [1, 1, 5_000]], 9_500],
    ['quantity', [add(2), { do: 'quantity', key: 'local-2', quantity: 3 }], [[2, 3, 11_400]], 11_400],
    ['remove', [add(1), add(2), { do: 'remove', key: 'local-1' }], [[2, 1, 3_800]], 3_800],
    ['choices', [add(1), { do: 'choices', key: 'local-1', choices: [{ id: 11, quantity: 1 }] }], [[1, 1, 5_000]], 5_000],
    ['a part off a line', [add(2, { quantity: 2 }), { do: 'line-discount', key: 'local-2', discount: { basis_points: 1_000 } }], [[2, 2, 6_840]], 6_840],
    ['taken back', [add(2), { do: 'line-discount', key: 'local-2', discount: { amount: 800 } }, { do: 'line-discount-remove', key: 'local-2', index: 0 }], [[2, 1, 3_800]], 3_800],
    ['an amount off the whole', [add(1), { do: 'discount', discount: { amount: 500 } }], [[1, 1, 4_500]], 4_000],
    ['never below nothing', [add(1), { do: 'discount', discount: { amount: 9_000 } }], [[1, 1, 4_500]], 0],
    ['clear', [add(1), { do: 'clear' }], [], 0],
    ['an item that is not there changes nothing', [add(99)], [], 0],
  ])('%s', (_, taps, lines, charge) => {
    const there = after(taps);
    expect(short(there)).toEqual(lines);
    expect(there.totals.charge).toBe(charge);
  });

  test('a line with a memo is not joined', () => expect(after([add(2), { do: 'memo', key: 'local-2', memo: '포장' }, add(2)]).lines.length).toBe(2));
  test('a line that a plugin put there is not joined', () => expect(after([add(2)], cart([line('p', { item_id: 2, plugin: 'beans' })])).lines.length).toBe(2));
  test('dining goes to every line', () => expect(after([add(1), { do: 'dining', dining: 'togo' }]).lines[0]?.dining).toBe('togo'));
  test('tax-free items carry no tax', () => {
    const { totals } = after([add(2), add(3)]);
    expect([totals.taxable, totals.tax_free, totals.tax, totals.supply]).toEqual([3_800, 1_000, 345, 3_455]);
  });
  test('counts what the tiles show', () => expect([...countsByItem(after([add(1), add(1, { choices: [{ id: 11, quantity: 1 }] }), add(2)]))]).toEqual([[1, 2], [2, 1]]));
});

describe('the line an added one became', () => {
  const tap = add(2);
  test.each<[string, Cart, Cart, string | undefined]>([
    ['a new one', cart(), cart([line('a', { item_id: 2 })]), 'a'],
    ['joined with an equal one', cart([line('a', { item_id: 2 })]), cart([line('a', { item_id: 2, quantity: 2 })]), 'a'],
    ['not the one a plugin added meanwhile', cart(), cart([line('a', { item_id: 2 }), line('p', { item_id: 2, plugin: 'beans' })]), 'a'],
    ['gone already', cart(), cart(), undefined],
  ])('%s', (_, before, answer, expected) => expect(lineOfAnswer(before, answer, tap, menu)).toBe(expected));

  test('taps made on it before are renamed', () =>
    expect(renamed({ do: 'quantity', key: 'local-2', quantity: 2 }, 'local-2', 'a')).toEqual({ do: 'quantity', key: 'a', quantity: 2 }));
});

describe('a discount', () => {
  test.each([
    [{ amount: 500, basis_points: null }, 4_500, 500],
    [{ amount: 5_000, basis_points: null }, 4_500, 4_500],
    [{ amount: null, basis_points: 1_000 }, 7_605, 761],
    [{ amount: null, basis_points: 10_000 }, 7_605, 7_605],
  ])('%o off %i', (discount, price, expected) => expect(takenOffBy(discount, price)).toBe(expected));
});
