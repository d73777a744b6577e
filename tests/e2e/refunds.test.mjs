import assert from "node:assert/strict";
import { CAFE } from "./harness/cashier.mjs";
import { sample, scene } from "./harness/scene.mjs";

// The till says no to the refund, and a browser notes every such answer.
const allows = [/status of 409/];

scene("a plugin forbids a refund over the amount in its settings, and allows one below", { plugins: [sample("refund-guard")], allows }, async ({ till, cashier }) => {
  await cashier.openDrawer("refund-guard");
  await setLimit(cashier, "9000");

  await cashier.tap(CAFE.latte);
  await cashier.tap(CAFE.latte);
  const order = await cashier.checkOut();
  await cashier.payByCard("approved");
  await cashier.seesDone("10,000원");
  await openOrder(cashier, order);
  await refund(cashier);
  await cashier.sees("veto", "refund-guard");
  await cashier.sees("veto", "9,000원이 넘는 결제는 점장만 취소할 수 있습니다");
  await cashier.sees("veto", "돈은 움직이지 않았습니다");
  assert.deepEqual(await states(till, order), ["approved"]);

  await setLimit(cashier, "10000");
  await refund(cashier);
  await cashier.toast("10,000원을 돌려줬어요");
  await cashier.seesNo("veto");
  assert.deepEqual(await states(till, order), ["cancelled"]);

  await cashier.press("detail-receipt");
  await cashier.page.getByRole("radio", { name: "취소" }).click();
  await cashier.sees("receipt", "[취소]");
  const paper = await cashier.receipt();
  assert.ok(paper.includes("카드 −10,000"), paper.join("\n"));
});

async function setLimit(cashier, won) {
  await cashier.press("cockpit-tab-1");
  await cashier.at("setting-limit").fill(won);
  await cashier.press("settings-save");
  await cashier.toast("설정을 저장했어요");
  await cashier.at("toast-close").first().click();
}

async function openOrder(cashier, order) {
  await cashier.press("nav-orders");
  await cashier.press(`order-row-${order}`);
}

async function refund(cashier) {
  await cashier.press("order-refund");
  await cashier.press("confirm-yes");
}

async function states(till, order) {
  const { payments } = await till.read(`/api/orders/${order}`);
  return payments.map(({ state }) => state);
}
