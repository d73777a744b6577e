import { describe, expect, test } from 'vitest';
import type { Cart } from '../api/types';
import type { Tap } from './cart';
import { cart, item, line, shop } from './samples';
import { sharing, Taps } from './taps';

const menu = shop([item(1), item(2, { amount: 3_800 })]);
const add = (id: number, localKey = `local-${id}`): Tap => ({ do: 'add', localKey, item: id, quantity: 1, choices: undefined });
const line1 = line('a', { item_id: 1 });
const line2 = line('b', { item_id: 2, unit_amount: 3_800, list_amount: 3_800, charge_amount: 3_800 });

/** A till whose answers are given by hand, one after another. */
const setUp = (now: Cart = cart()) => {
  const sent: Tap[] = [];
  const painted: Cart[] = [];
  const failed: unknown[] = [];
  const names: string[][] = [];
  const answers: { give: (cart: Cart) => void; refuse: (error: Error) => void }[] = [];
  let reads = 0;
  const taps = new Taps({
    send: (tap) => {
      sent.push(tap);
      return new Promise((give, refuse) => answers.push({ give, refuse }));
    },
    read: async () => {
      reads += 1;
      return now;
    },
    paint: (painting) => painted.push(painting),
    onRenamed: (from, to) => names.push([from, to]),
    onFailed: (error) => failed.push(error),
    shop: () => menu,
  });
  taps.settle(now);
  const settle = () => new Promise((done) => setTimeout(done, 0));
  const answer = async (given: Cart) => {
    answers.shift()?.give(given);
    await settle();
  };
  const refuse = async (error: Error) => {
    answers.shift()?.refuse(error);
    await settle();
  };
  return { taps, sent, painted, failed, names, answer, refuse, settle, reads: () => reads, charge: () => painted.at(-1)?.totals.charge };
};

describe('taps on the cart', () => {
  test('paint before the till has answered', () => {
    const { taps, charge, painted } = setUp();
    taps.take(add(1));
    expect(charge()).toBe(4_500);
    expect(painted.at(-1)?.lines[0]?.key).toBe('local-1');
  });

  test('go out one at a time, in order', async () => {
    const { taps, sent, answer, charge } = setUp();
    taps.take(add(1));
    taps.take(add(2));
    expect(sent.length).toBe(1);
    expect(charge()).toBe(8_300);
    await answer(cart([line1]));
    expect(sent.map((tap) => tap.do === 'add' && tap.item)).toEqual([1, 2]);
    expect(charge()).toBe(8_300);
    await answer(cart([line1, line2]));
    expect(charge()).toBe(8_300);
  });

  test('are corrected by the answer', async () => {
    const { taps, answer, charge } = setUp();
    taps.take(add(1));
    await answer(cart([line('a', { charge_amount: 4_000 })]));
    expect(charge()).toBe(4_000);
  });

  test('on a line that has no name yet are sent under its real one', async () => {
    const { taps, sent, answer, names } = setUp();
    taps.take(add(1));
    taps.take({ do: 'quantity', key: 'local-1', quantity: 3 });
    await answer(cart([line1]));
    expect(sent[1]).toEqual({ do: 'quantity', key: 'a', quantity: 3 });
    expect(names).toEqual([['local-1', 'a']]);
  });

  test('that are refused are taken back, with what was built on them', async () => {
    const { taps, sent, refuse, failed, charge, reads } = setUp();
    taps.take(add(1));
    taps.take({ do: 'quantity', key: 'local-1', quantity: 3 });
    await refuse(new Error('sold out'));
    expect(failed.length).toBe(1);
    expect(sent.length).toBe(1);
    expect(charge()).toBe(0);
    expect(reads()).toBe(1);
  });

  test('are not undone by older news, which is read again once all are answered', async () => {
    const { taps, answer, charge, reads } = setUp(cart([line1]));
    taps.take(add(2));
    taps.settle(cart([]));
    expect(charge()).toBe(8_300);
    await answer(cart([line1, line2]));
    expect(reads()).toBe(1);
  });

  test('are not taken without a cart to paint', () => {
    const { taps } = setUp();
    let taken = true;
    for (let count = 0; count < 300; count += 1) taken = taps.take(add(1));
    expect(taken).toBe(false);
  });
});

test('rows that did not change stay the same object', () => {
  const before = cart([line1, line2]);
  const now = sharing(before, cart([{ ...line1 }, { ...line2, quantity: 2 }]));
  expect(now.lines[0]).toBe(line1);
  expect(now.lines[1]).not.toBe(line2);
});
