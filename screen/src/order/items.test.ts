import { expect, test } from 'vitest';
import { item, shop } from '../till/samples';
import { itemsShown } from './items';

const menu = shop([
  item(1, { title: { ko: '아메리카노', en: 'Americano' } }),
  item(2, { title: { ko: '라떼', en: 'Latte' }, category_id: 2, sale_state: 'sold_out' }),
  item(3, { title: { ko: '옛날 메뉴', en: null }, sale_state: 'deleted' }),
  item(4, { title: { ko: '그림책', en: null }, barcode: '8801' }),
]);

test.each([
  [undefined, '', [1, 2, 4]],
  [2, '', [2]],
  [2, ' AMERI ', [1]],
  [undefined, '8801', [4]],
  [undefined, '옛날', []],
])('of the category %s and the text “%s” %j are shown', (category, text, expected) => {
  expect(itemsShown(menu, category, text).map((one) => one.id)).toEqual(expected);
});
