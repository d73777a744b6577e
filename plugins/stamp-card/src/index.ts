import { posPluginSdk, type PluginOrder } from "@madang/pos-plugin-sdk";
import { EMPTY_CARD, settle, STAMPS_FOR_A_DRINK, type Card, type News } from "./card.js";
import { oneAfterAnother } from "./in-turn.js";

const CARD = "card";
const CATEGORIES_DEFAULT = "커피, 라떼, 티·에이드";

// Registered before anything else: the till hands over what happened while the plugin was off as soon as it is up.
posPluginSdk.payment.on("paid", (_paymentId, orderId) => oneAfterAnother(() => stamp(orderId)));
posPluginSdk.payment.on("cancel", (_paymentId, orderId) => oneAfterAnother(() => stamp(orderId)));

void posPluginSdk.setting.setInputs([
  { type: "text", id: "categories", label: "스탬프를 주는 카테고리 (쉼표로 구분)", required: true, default: CATEGORIES_DEFAULT },
]);

/** The order as it is now decides, not the event: the same event may come twice, and a cancellation may have followed. */
async function stamp(orderId: string): Promise<void> {
  const order = await posPluginSdk.order.getOrder(orderId);
  const due = order.paymentState === "COMPLETED" ? drinksIn(order, await stampedCategories()) : 0;
  const { card, news } = settle(await readCard(), orderId, due);
  if (news === "nothing") return;
  await posPluginSdk.storage.set(CARD, JSON.stringify(card));
  tell(news, card);
}

function drinksIn(order: PluginOrder, categories: string[]): number {
  return order.lineItems
    .filter((line) => categories.includes(line.item.category.title))
    .reduce((drinks, line) => drinks + line.quantity.value, 0);
}

async function stampedCategories(): Promise<string[]> {
  const { categories } = await posPluginSdk.setting.getValues<{ categories?: string }>();
  return (categories ?? CATEGORIES_DEFAULT).split(",").map((title) => title.trim());
}

async function readCard(): Promise<Card> {
  const kept = await posPluginSdk.storage.get(CARD);
  return kept === undefined ? EMPTY_CARD : (JSON.parse(kept) as Card);
}

function tell(news: News, { stamps }: Card): void {
  if (news === "full") {
    posPluginSdk.toast.success({ message: `스탬프 ${STAMPS_FOR_A_DRINK}개를 모았습니다. 음료 한 잔을 드리세요` });
  } else {
    posPluginSdk.toast.open(`스탬프 ${stamps % STAMPS_FOR_A_DRINK}/${STAMPS_FOR_A_DRINK}`);
  }
}
