import { describe, expect, test } from 'vitest';
import { asChosen, canChoose, defaults, groupState, isAnswered, setCount, toggle, unitAmount, type Selection } from './options';
import { choice, group, item } from './samples';

const chosen = (selection: Selection) => [...selection.entries()];
const soldOut = choice(3, { sale_state: 'sold_out' });
const one = group(1, [choice(1), choice(2), soldOut], { choices_min: 1, choices_max: 1, default_choice_ids: [1] });
const maybeOne = group(2, [choice(1), choice(2)], { choices_max: 1 });
const upToTwo = group(3, [choice(1), choice(2), choice(4)], { choices_max: 2 });
const shots = group(4, [choice(7, { countable: true, amount: 500 }), choice(8, { countable: true, amount: 300 })], { choices_max: 3 });

describe('a tap on a choice', () => {
  test.each([
    ['moves a single choice', one, [1], 2, [[2, 1]]],
    ['keeps the one that must be there', one, [1], 1, [[1, 1]]],
    ['leaves out what is sold out', one, [1], 3, [[1, 1]]],
    ['takes back one that need not be there', maybeOne, [1], 1, []],
    ['adds to several', upToTwo, [1], 2, [[1, 1], [2, 1]]],
    ['stops at the most', upToTwo, [1, 2], 4, [[1, 1], [2, 1]]],
    ['takes one of several back', upToTwo, [1, 2], 1, [[2, 1]]],
  ])('%s', (_, asked, before, tapped, expected) => {
    const target = asked.choices.find((option) => option.id === tapped);
    expect(target).toBeDefined();
    if (target) expect(chosen(toggle(asked, new Map(before.map((id) => [id, 1])), target))).toEqual(expected);
  });
});

describe('a countable choice', () => {
  const shot = shots.choices[0] as (typeof shots.choices)[number];
  test.each([
    [2, 0, [[7, 2]]],
    [9, 0, [[7, 3]]],
    [9, 1, [[8, 1], [7, 2]]],
    [0, 1, [[8, 1]]],
    [-1, 0, []],
  ])('asked for %i beside %i others', (quantity, others, expected) => {
    const before: Selection = others === 0 ? new Map() : new Map([[8, others]]);
    expect(chosen(setCount(shots, before, shot, quantity))).toEqual(expected);
  });
});

describe('a group', () => {
  test.each([
    ['nothing chosen', one, [], { count: 0, missing: 1, isFull: false }],
    ['one chosen', one, [1], { count: 1, missing: 0, isFull: true }],
    ['all of two', upToTwo, [1, 4], { count: 2, missing: 0, isFull: true }],
  ])('%s', (_, asked, selected, expected) => expect(groupState(asked, new Map(selected.map((id) => [id, 1])))).toEqual(expected));

  test('counts how often, not how many kinds', () => expect(groupState(shots, new Map([[7, 3]])).isFull).toBe(true));
  test('lets a single choice be moved though it is full', () => expect(canChoose(one, new Map([[1, 1]]), choice(2))).toBe(true));
  test('lets nothing be added when it is full', () => expect(canChoose(upToTwo, new Map([[1, 1], [2, 1]]), choice(4))).toBe(false));
});

describe('a whole item', () => {
  test('starts from its defaults', () => expect(chosen(defaults([one, upToTwo]))).toEqual([[1, 1]]));
  test('leaves a default out that is sold out', () =>
    expect(chosen(defaults([group(1, [soldOut], { default_choice_ids: [3] })]))).toEqual([]));
  test('is not answered by what is sold out', () => expect(isAnswered([one], new Map([[3, 1]]))).toBe(false));
  test('costs what is chosen', () => expect(unitAmount(item(1), [one, shots], new Map([[1, 1], [7, 2]]))).toBe(5_500));
  test('is asked for in the order of the menu', () =>
    expect(asChosen([one, shots], new Map([[7, 2], [1, 1]]))).toEqual([{ id: 1, quantity: 1 }, { id: 7, quantity: 2 }]));
});
