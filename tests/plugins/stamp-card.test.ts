import { beforeEach, expect, test, vi } from "vitest";
import { EMPTY_CARD, settle as settleCard, type Card } from "../../plugins/stamp-card/src/card.js";
import { SmallTill } from "./small-till.js";

beforeEach(() => void vi.useFakeTimers());

const line = (category: string, quantity: number) => ({ item: { category: { title: category } }, quantity: { value: quantity } });

/** A till on which order after order is paid. */
async function tillWith(orders: Record<string, [category: string, quantity: number][]>): Promise<SmallTill> {
  const till = new SmallTill();
  for (const [id, lines] of Object.entries(orders)) {
    till.orders.set(id, { id, paymentState: "COMPLETED", lineItems: lines.map(([category, quantity]) => line(category, quantity)) });
  }
  await till.start("stamp-card");
  return till;
}

const refund = (till: SmallTill, id: string) => {
  till.orders.set(id, { ...till.orders.get(id), paymentState: "REFUNDED" });
  return till.cancelled(id);
};

test("an event that comes twice gives its stamps once", async () => {
  const till = await tillWith({ "1": [["커피", 2]] });
  await till.paid("1");
  await till.paid("1");
  expect(till.toasts).toEqual(["스탬프 2/10"]);
});

test("also when the plugin was restarted in between", async () => {
  const till = await tillWith({ "1": [["커피", 2]], "2": [["라떼", 1]] });
  await till.paid("1");
  await till.start("stamp-card");
  await till.paid("1");
  await till.paid("2");
  expect(till.toasts).toEqual(["스탬프 2/10", "스탬프 3/10"]);
});

test("two orders paid at once both count", async () => {
  const till = await tillWith({ "1": [["커피", 2]], "2": [["커피", 3]] });
  await Promise.all([till.paid("1"), till.paid("2")]);
  expect(till.toasts.at(-1)).toBe("스탬프 5/10");
});

test("bread gives none; a partly paid order gives none yet", async () => {
  const till = await tillWith({ "1": [["베이커리", 4]], "2": [["커피", 1]] });
  till.orders.set("2", { ...till.orders.get("2"), paymentState: "PAID" });
  await till.paid("1");
  await till.paid("2");
  expect(till.toasts).toEqual([]);
});

test("the tenth is told; a refund takes back; the late repeat of its payment gives nothing", async () => {
  const till = await tillWith({ "1": [["커피", 9]], "2": [["티·에이드", 2]] });
  await till.paid("1");
  await till.paid("2");
  await refund(till, "2");
  await till.paid("2");
  expect(till.toasts).toEqual(["스탬프 9/10", "스탬프 10개를 모았습니다. 음료 한 잔을 드리세요", "스탬프 9/10"]);
});

test("staff choose the categories", async () => {
  const till = await tillWith({ "1": [["베이커리", 1], ["커피", 5]] });
  till.settings.set("categories", "베이커리");
  await till.paid("1");
  expect(till.toasts).toEqual(["스탬프 1/10"]);
});

const card = (stamps: number, ...givenFor: [string, number][]): Card => ({ stamps, givenFor });
const rows: [Card, string, number, Card, string][] = [
  [EMPTY_CARD, "1", 0, EMPTY_CARD, "nothing"],
  [EMPTY_CARD, "1", 2, card(2, ["1", 2]), "changed"],
  [card(2, ["1", 2]), "1", 2, card(2, ["1", 2]), "nothing"],
  [card(9, ["1", 9]), "2", 1, card(10, ["1", 9], ["2", 1]), "full"],
  [card(10, ["1", 10]), "1", 0, card(0, ["1", 0]), "changed"],
  [card(19, ["1", 19]), "2", 13, card(32, ["1", 19], ["2", 13]), "full"],
];
test.each(rows)("settle(%j, %s, %i)", (before, orderId, due, after, news) => {
  expect(settleCard(before, orderId, due)).toEqual({ card: after, news });
});
