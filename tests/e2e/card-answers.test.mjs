import assert from "node:assert/strict";
import { CAFE } from "./harness/cashier.mjs";
import { scene } from "./harness/scene.mjs";

const approvals = { flags: ["--outcome", "approved"] };

scene("an approval whose answer is lost holds the bill until the terminal has told", { terminal: approvals }, async ({ till, terminal, cashier }) => {
  await cashier.tap(CAFE.latte);
  const order = await cashier.checkOut();
  terminal.loseNextAnswer();
  await cashier.press("card-start");
  await seesBillHeld(cashier);

  terminal.mend();
  await cashier.press("pay-inquire");
  await cashier.seesDone("5,000원");
  await hasPayments(till, order, [["approved", undefined]]);
});

scene(
  "a terminal that cannot be asked takes the payment back",
  { terminal: { flags: [...approvals.flags, "--no-inquiry"] }, flags: ["--no-inquiry"] },
  async ({ till, terminal, cashier }) => {
    await cashier.tap(CAFE.latte);
    const order = await cashier.checkOut();
    terminal.loseNextAnswer();
    await cashier.press("card-start");
    await seesBillHeld(cashier);
    await cashier.sees("inquiry", "이 단말기는 조회를 못 해요");

    terminal.mend();
    await cashier.sees("payment-failed", "승인을 취소했고");
    await cashier.press("pay-again");
    await cashier.press("card-start");
    await cashier.seesDone("5,000원");
    await hasPayments(till, order, [["failed", "reversed"], ["approved", undefined]]);
  },
);

scene("the outcome card for a lost answer ends as approved, once", {}, async ({ till, cashier }) => {
  await cashier.tap(CAFE.latte);
  const order = await cashier.checkOut();
  await cashier.payByCard("lost");
  await cashier.seesDone("5,000원");
  await hasPayments(till, order, [["approved", undefined]]);
});

/** While nobody knows whether money moved, nothing else can take it. */
async function seesBillHeld(cashier) {
  await cashier.sees("inquiry", "카드에서 5,000원이 나갔을 수 있어요");
  await cashier.seesState("pay-split", "aria-disabled", "true");
  await cashier.seesState("pay-back", "aria-disabled", "true");
  for (const method of ["card", "cash", "external"]) {
    assert.equal(await cashier.at(`method-${method}`).evaluate((button) => button.closest("[inert]") !== null), true, method);
  }
  // The keys of the outcome cards and of the cash pad must not get past it either.
  await cashier.page.keyboard.press("1");
  assert.equal(await cashier.at("card-start").count(), 0);
}

async function hasPayments(till, order, expected) {
  const { payments } = await till.read(`/api/orders/${order}`);
  assert.deepEqual(payments.map(({ state, failure }) => [state, failure?.why]), expected);
}
