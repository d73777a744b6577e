import { expect, test } from 'vitest';
import { withCatalog } from './catalog';
import { item, shop, text } from './samples';

test('a tile that changed stays in its place, and a new one stands behind the others', () => {
  const before = shop([item(1), item(2), item(3)]);
  const dearer = item(2, { amount: 9_900 });
  const fresh = item(1_000_000_003, { category_id: 9 });
  const tea = { id: 9, title: text('차') };
  const after = withCatalog(before, { categories: [...before.categories, tea], items: [fresh, dearer] });
  expect(after.items).toEqual([before.items[0], dearer, before.items[2], fresh]);
  expect(after.categories.at(-1)).toEqual(tea);
  expect(after.tables).toBe(before.tables);
});
