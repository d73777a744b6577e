import assert from "node:assert/strict";
import { scene } from "./harness/scene.mjs";

const BIBIMBAP = 201;
const TABLE = 3;

scene("a table is served first and pays later", { shop: "restaurant" }, async ({ till, cashier }) => {
  await cashier.tap(BIBIMBAP);
  await cashier.press("cart-table");
  await cashier.press(`table-${TABLE}`);
  await cashier.press("table-put");
  await cashier.press("table-seat");
  await cashier.sees(`table-${TABLE}`, "이용 중");
  await cashier.sees(`table-${TABLE}`, "2명");
  const [before] = await till.read("/api/orders");
  assert.deepEqual([before.table_id, before.unpaid], [TABLE, 11000]);

  await cashier.press("table-pay");
  await cashier.press("method-cash");
  await cashier.toast("올렸어요");
  assert.equal(await cashier.isUncovered("cash-confirm"), true, "no toast lies over the button that takes the money");
  await cashier.payInCash(11000);
  await cashier.seesDone("11,000원");
  await cashier.press("pay-next");
  await cashier.sees(`table-${TABLE}`, "비었음");
  const [after] = await till.read("/api/orders");
  assert.deepEqual([after.state, after.unpaid], ["completed", 0]);
});

scene("a scanner puts items in the cart, and an unknown barcode is told", { shop: "retail", allows: [/status of 404/] }, async ({ cashier }) => {
  await cashier.sees("menu-tile-301");
  await cashier.scan("8800000000015");
  await cashier.sees("cart-line-301");
  await cashier.scan("8800000000022");
  await cashier.sees("cart-line-302");
  await cashier.scan("8800000000015");
  await cashier.sees("cart-line-301", "2×");
  await cashier.sees("cart-total", "22,300원");
  await cashier.scan("8800000099999");
  await cashier.toast("8800000099999");
  await cashier.sees("cart-total", "22,300원");

  await cashier.checkOut();
  await cashier.payInCash(30000);
  await cashier.seesDone("22,300원");
  const paper = await cashier.receipt();
  assert.ok(paper.includes("*면세 22,300") && paper.includes("거스름돈 7,700"), paper.join("\n"));
});
