import assert from "node:assert/strict";
import { violations } from "./harness/axe.mjs";
import { CAFE } from "./harness/cashier.mjs";
import { sample, scene } from "./harness/scene.mjs";

const allows = [/status of 409/];
const wide = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

for (const { theme, view } of [{ theme: "light", view: wide }, { theme: "dark", view: wide }, { theme: "light", view: phone }]) {
  const setting = { plugins: [sample("stamp-card"), sample("refund-guard")], query: `theme=${theme}`, view, allows };
  const isPhone = view === phone;
  scene(`axe finds nothing serious in order, payment, orders and drawer, ${theme}, ${view.width} wide`, setting, async ({ till, page, cashier }) => {
    const look = looker(page);
    await cashier.sees(`menu-tile-${CAFE.americano}`);
    await look("empty order");
    await cashier.press("lang-en");
    await look("order in English");
    await cashier.press("lang-ko");
    await cashier.press(`menu-tile-${CAFE.americano}`);
    await cashier.sees("option-sheet");
    await look("options");
    await cashier.press("option-add");
    if (isPhone) await cashier.press("cart-open");
    await cashier.page.locator(`[data-testid="cart-line-${CAFE.americano}"] button`).first().click();
    await look("order");
    await cashier.press("cart-more");
    await cashier.press("sale-states-open");
    await cashier.sees("sale-states");
    await look("sold-out items");
    await page.keyboard.press("Escape");
    await cashier.press("cart-hold");
    await cashier.press("held-open");
    await cashier.sees("held-carts");
    await look("slips on hold");
    await cashier.press("held-cart");
    await cashier.sees(`cart-line-${CAFE.americano}`);
    await cashier.press("pay-open");
    await cashier.sees("payment");
    await look("payment");
    await cashier.press("method-cash");
    await look("cash");
    await cashier.payByCard("declined");
    await cashier.sees("payment-failed");
    await look("declined");
    await cashier.press("pay-again");
    await cashier.payByCard("approved");
    await cashier.seesDone();
    await look("paid");
    await till.act("request 카페라떼");
    const [requested, paid] = await till.read("/api/orders");
    await cashier.press("nav-orders");
    await cashier.press(`order-row-${requested.id}`);
    await cashier.sees("order-accept");
    await look("an order that is asked for");
    await page.goto(till.page(`/orders/${paid.id}`, `theme=${theme}`));
    await cashier.sees("order-refund");
    await look("orders");
    if (isPhone) return;
    await cashier.openDrawer("stamp-card");
    await cashier.sees("tl-row");
    await cashier.press("tl-row");
    await cashier.sees("tl-json");
    await look("timeline");
    await cashier.press("cockpit-tab-1");
    await cashier.sees("settings-save");
    await look("settings");
  });
}

scene("axe finds nothing serious in tables", { shop: "restaurant" }, async ({ page, cashier }) => {
  const look = looker(page);
  await cashier.tap(201);
  await cashier.press("cart-table");
  await cashier.press("table-3");
  await look("a free table");
  await cashier.press("table-put");
  await cashier.sees("table-seat");
  await look("guests");
  await cashier.press("table-seat");
  await cashier.sees("table-3", "이용 중");
  await look("a table in use");
});

function looker(page) {
  return async (name) => assert.deepEqual(await violations(page), [], name);
}
