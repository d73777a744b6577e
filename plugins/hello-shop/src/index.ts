import { posPluginSdk, type PluginCatalogItem } from "@madang/pos-plugin-sdk";

void greet();

posPluginSdk.catalog.on("update", (itemId) => void tellWhenSoldOut(itemId));

async function greet(): Promise<void> {
  const [{ name }, items] = await Promise.all([posPluginSdk.merchant.getMerchant(), posPluginSdk.catalog.getCatalogs()]);
  const onSale = items.filter((item) => item.state === "ON_SALE");
  posPluginSdk.toast.open(`안녕하세요, ${name}입니다. 메뉴 ${items.length}개 가운데 ${onSale.length}개를 팔고 있습니다`);
  for (const line of menuByCategory(onSale)) console.log(line);
}

/** A change event carries the id only, so the item is read again. */
async function tellWhenSoldOut(itemId: number): Promise<void> {
  const item = await posPluginSdk.catalog.getCatalog(itemId);
  if (item.state === "SOLD_OUT") posPluginSdk.toast.warn({ message: `${item.title} 품절` });
}

function menuByCategory(items: PluginCatalogItem[]): string[] {
  const titles = new Map<string, string[]>();
  for (const item of items) {
    const line = `${item.title} ${item.price.priceValue.toLocaleString("ko-KR")}원`;
    titles.set(item.category.title, [...(titles.get(item.category.title) ?? []), line]);
  }
  return [...titles].map(([category, lines]) => `${category}: ${lines.join(", ")}`);
}
