import assert from "node:assert/strict";
import { CAFE } from "./harness/cashier.mjs";
import { sample, scene } from "./harness/scene.mjs";

scene("a sale with options is paid by card, and a plugin stamps it", { plugins: [sample("stamp-card")] }, async ({ till, cashier }) => {
  await cashier.tap(CAFE.americano, [CAFE.large, CAFE.shot, CAFE.shot]);
  await cashier.tap(CAFE.saltBread, [CAFE.butter]);
  await cashier.tap(CAFE.banana);
  await cashier.sees("cart-total", "12,300원");

  const order = await cashier.checkOut();
  await cashier.sees("pay-due", "12,300원");
  await cashier.payByCard("approved");
  await cashier.seesDone("12,300원");
  await cashier.toast("스탬프 1/10");

  const paper = await cashier.receipt();
  const { payments: [payment], receipt_number: number } = await till.read(`/api/orders/${order}`);
  // 10,500 with tax: 10,500 ÷ 11 = 954.5, so 955.
  assert.deepEqual(paper.slice(5), [
    `영수증 ${number}`,
    "아메리카노 ×1 6,000", "따뜻하게", "라지 +500", "샷 추가 ×2 +1,000",
    "소금빵 ×1 4,500", "버터 추가 +700",
    "*바나나 1개 ×1 1,800",
    "받을 금액 12,300", "과세 공급가 9,545", "부가세 955", "*면세 1,800",
    "카드 12,300", "마당카드 949094******1234 일시불", `승인번호 ${payment.approval.number}`,
    "[시험] 실제로 결제되지 않았습니다", "고맙습니다",
  ]);

  await cashier.openDrawer("stamp-card");
  await cashier.page.locator('[data-testid="tl-row"][data-name^="order.get"]').last().click();
  await cashier.sees("tl-json", order);
  await cashier.page.locator('[data-testid="tl-row"][data-name="payment.change.event"]').last().click();
  const message = JSON.parse(await (await cashier.sees("tl-json", '"paid"')).textContent());
  assert.deepEqual(message.data, { event: "paid", payment: { id: payment.id }, order: { id: order } });
});

scene("a declined card charges nothing, and the next one pays", {}, async ({ till, cashier }) => {
  await cashier.tap(CAFE.latte);
  const order = await cashier.checkOut();
  await cashier.at("decline-reason").selectOption("041");
  await cashier.press("outcome-declined");
  await cashier.sees("payment-failed", "분실 신고된 카드");
  await cashier.sees("payment-failed", "돈은 나가지 않았습니다");
  await cashier.press("pay-again");
  await cashier.payByCard("approved");
  await cashier.seesDone("5,000원");

  const { payments } = await till.read(`/api/orders/${order}`);
  assert.deepEqual(payments.map(({ state, amount }) => [state, amount]), [["failed", 5000], ["approved", 5000]]);
});

scene("a bill is shared between a card and cash with change", {}, async ({ till, cashier }) => {
  await cashier.tap(CAFE.redBeanButter);
  await cashier.tap(CAFE.book);
  const order = await cashier.checkOut();
  await cashier.press("pay-split");
  await cashier.press("split-2");
  await cashier.sees("pay-part", "9,750원");
  await cashier.payByCard("approved");
  await cashier.sees("part-approved", "9,750");
  await cashier.sees("pay-due", "9,750원");

  await cashier.press("method-cash");
  for (const key of ["2", "0", "0", "0", "0"]) await cashier.press(`key-${key}`);
  await cashier.sees("cash-change", "10,250원");
  await cashier.press("cash-confirm");
  await cashier.seesDone("19,500원");

  const paper = await cashier.receipt();
  const from = paper.indexOf("받을 금액 19,500");
  assert.deepEqual(paper.slice(from, from + 4), ["받을 금액 19,500", "과세 공급가 5,000", "부가세 500", "*면세 14,000"]);
  assert.deepEqual(paper.filter((line) => /^(카드|현금|받은 돈|거스름돈)/.test(line)), ["카드 9,750", "현금 9,750", "받은 돈 20,000", "거스름돈 10,250"]);
  const { payments } = await till.read(`/api/orders/${order}`);
  assert.deepEqual(payments.map(({ method, amount }) => [method, amount]), [["card", 9750], ["cash", 9750]]);
});
