import assert from "node:assert/strict";
import { CAFE } from "./harness/cashier.mjs";
import { sample, scene } from "./harness/scene.mjs";

scene("an order that is asked for is taken on in the minutes that staff choose", {}, async ({ till, cashier }) => {
  await till.act("request 아메리카노", "request 카페라떼", "request 소금빵");
  const [latest, middle, first] = await till.read("/api/orders");
  await cashier.press("nav-orders");

  await cashier.press(`order-row-${first.id}`);
  await cashier.press("ready-30");
  await cashier.sees("order-accept", "30분으로 받기");
  await cashier.press("order-accept");
  await cashier.seesNo("order-accept");
  assert.equal(await promisedMinutes(till, first.id), 30);

  await cashier.press(`order-row-${middle.id}`);
  await cashier.press("ready-own");
  for (const key of ["9", "9", "9", "9", "9"]) await cashier.press(`key-${key}`);
  await cashier.sees("ready-figure", "999분");
  for (const key of ["erase", "erase", "0"]) await cashier.press(`key-${key}`);
  await cashier.press("ready-set");
  await cashier.seesState("ready-own", "aria-checked", "true");
  await cashier.press("order-accept");
  await cashier.seesNo("order-accept");
  assert.equal(await promisedMinutes(till, middle.id), 90);

  await cashier.press(`order-row-${latest.id}`);
  await cashier.press("order-decline");
  await cashier.seesNo("order-decline");
  assert.equal((await till.read(`/api/orders/${latest.id}`)).state, "cancelled");
});

scene("an item is sold out and on sale again from its tile, by finger and by key", { plugins: [sample("hello-shop")] }, async ({ till, page, cashier }) => {
  const tile = `menu-tile-${CAFE.banana}`;
  await cashier.sees(tile);
  await cashier.at(tile).hover();
  await page.mouse.down();
  await cashier.sees("sale-toggle", "품절로 표시");
  await page.mouse.up();
  await cashier.press("sale-toggle");
  await cashier.seesState(tile, "aria-disabled", "true");
  assert.equal(await cashier.at(`cart-line-${CAFE.banana}`).count(), 0, "a long press is no tap");
  assert.equal((await till.read("/api/timeline")).filter(({ name }) => name === "catalog-item.change.event").length, 1, "plugins hear of it");

  await cashier.at(tile).focus();
  await page.keyboard.press("Shift+F10");
  await cashier.sees("sale-toggle", "다시 팔기");
  await page.keyboard.press("Enter");
  await cashier.seesState(tile, "aria-disabled", "false");
  await cashier.tap(CAFE.banana);
  await cashier.sees("cart-total", "1,800원");
});

scene("every item can be marked as sold out without a long press", {}, async ({ cashier }) => {
  await cashier.press("cart-more");
  await cashier.press("sale-states-open");
  await cashier.at("sale-search").fill("바나");
  await cashier.seesState(`sale-${CAFE.banana}`, "aria-checked", "true");
  await cashier.press(`sale-${CAFE.banana}`);
  await cashier.seesState(`sale-${CAFE.banana}`, "aria-checked", "false");
  await cashier.page.keyboard.press("Escape");
  await cashier.seesState(`menu-tile-${CAFE.banana}`, "aria-disabled", "true");
});

scene("slips are put on hold and taken up again, also after the power was cut", { allows: [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|status of 409/] }, async ({ till, cashier }) => {
  await cashier.tap(CAFE.banana);
  await cashier.press("cart-hold");
  await cashier.sees("cart-total", "0원");
  await cashier.sees("held-open", "보관 1");
  await till.kill();
  await till.openAgain();
  // Only what stands before # makes a page be loaded anew.
  await cashier.page.goto("about:blank");
  await cashier.page.goto(till.page());

  await cashier.sees("held-open", "보관 1");
  await cashier.tap(CAFE.book);
  await cashier.press("held-open");
  await cashier.sees("held-carts", "대신 보관돼요");
  await cashier.press("held-cart");
  await cashier.sees(`cart-line-${CAFE.banana}`);
  await cashier.seesNo(`cart-line-${CAFE.book}`);
  await cashier.sees("held-open", "보관 1");
  await cashier.checkOut();
  await cashier.payInCash(2000);
  await cashier.seesDone("1,800원");
  await cashier.press("pay-next");
  await cashier.press("held-open");
  await cashier.press("held-cart");
  await cashier.sees(`cart-line-${CAFE.book}`);
  await cashier.seesNo("held-open");
});

scene("the slip that is one too many to be put on hold is refused plainly", { allows: [/status of 409/] }, async ({ till, cashier }) => {
  await cashier.sees(`menu-tile-${CAFE.banana}`);
  const headers = (key) => ({ authorization: `Bearer ${till.token}`, "content-type": "application/json", "idempotency-key": key });
  const post = (path, key, body = {}) => till.ask(path, { method: "POST", headers: headers(key), body: JSON.stringify(body) });
  for (let held = 0; held < 20; held += 1) {
    await post("/api/cart/lines", `line-${held}`, { item: CAFE.banana });
    assert.equal((await post("/api/cart/hold", `hold-${held}`)).status, 200);
  }
  await cashier.sees("held-open", "보관 20");
  await cashier.tap(CAFE.book);
  await cashier.press("cart-hold");
  await cashier.toast("주문서는 20개까지 보관해요");
  await cashier.sees(`cart-line-${CAFE.book}`);
});

/** How long after it was taken on the order is promised. */
async function promisedMinutes(till, id) {
  const { request } = await till.read(`/api/orders/${id}`);
  return Math.round((Date.parse(request.estimated_ready_at) - Date.parse(request.accepted_at)) / 60_000);
}
