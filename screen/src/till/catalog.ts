import type { CatalogUpdate, Item, Shop } from '../api/types';

/** The shop with what is new on its menu: what is different stays where it stood, what is new stands behind it. */
export function withCatalog(shop: Shop, update: CatalogUpdate): Shop {
  const changed = new Map<number, Item>(update.items.map((item) => [item.id, item]));
  const items = shop.items.map((item) => {
    const now = changed.get(item.id) ?? item;
    changed.delete(item.id);
    return now;
  });
  return { ...shop, categories: update.categories, items: [...items, ...changed.values()] };
}
