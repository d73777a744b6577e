import type { Item, Shop } from '../api/types';

/** What the menu shows of a category, or of what is searched for in all of them. */
export function itemsShown(shop: Shop, category: number | undefined, text: string): Item[] {
  const sought = text.trim().toLowerCase();
  return shop.items.filter((item) => {
    if (item.sale_state === 'deleted' || item.sale_state === 'unavailable') return false;
    if (sought === '') return category === undefined || item.category_id === category;
    return [item.title.ko, item.title.en ?? '', item.barcode ?? ''].some((name) => name.toLowerCase().includes(sought));
  });
}
