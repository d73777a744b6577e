import { beforeEach, expect, test, vi } from "vitest";
import { SmallTill } from "./small-till.js";

beforeEach(() => void vi.useFakeTimers());

const item = (id: number, title: string, state: string) => ({ id, title, state, category: { title: "커피" }, price: { priceValue: 4500 } });

test("greets with the shop and the menu, and tells what is sold out", async () => {
  const printed = vi.spyOn(console, "log").mockReturnValue();
  const till = new SmallTill();
  till.items = [item(1, "아메리카노", "ON_SALE"), item(2, "카페라떼", "SOLD_OUT")];
  await till.start("hello-shop");
  await till.event("catalog-item.change.event", { event: "update", catalog: { id: 1 } });
  await till.event("catalog-item.change.event", { event: "update", catalog: { id: 2 } });
  expect(till.toasts).toEqual(["안녕하세요, 마당 카페입니다. 메뉴 2개 가운데 1개를 팔고 있습니다", "카페라떼 품절"]);
  expect(printed.mock.calls).toEqual([["커피: 아메리카노 4,500원"]]);
});
