import assert from "node:assert/strict";
import { CAFE } from "./harness/cashier.mjs";
import { scene } from "./harness/scene.mjs";

// A dead till is what these scenes bring about; the browser notes every request that it does not answer.
const allows = [/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /ERR_SOCKET_NOT_CONNECTED/];

scene("a till that dies before a card was read charges nothing, and the page goes on by itself", { allows }, async ({ till, cashier, newPage }) => {
  const other = await newPage();
  await cashier.tap(CAFE.latte);
  const order = await cashier.checkOut();
  await other.tap(CAFE.americano);
  await other.sees("cart-total", "4,500원");
  await cashier.press("card-start");
  await cashier.seesState("payment", "data-phase", "waiting");

  await till.kill();
  await cashier.sees("offline-banner");
  await till.openAgain();
  await cashier.seesNo("offline-banner");
  await cashier.sees("payment-failed", "청구되지 않았어요");
  await other.seesNo("offline-banner");
  await other.sees("cart-total", "4,500원");

  await cashier.press("pay-again");
  await cashier.payByCard("approved");
  await cashier.seesDone("5,000원");
  assert.deepEqual(await paymentsOf(till, order), [["failed", "not_charged"], ["approved", undefined]]);
});

scene("an approval that came while the till was dead is found out and shown", { terminal: {}, allows }, async ({ till, terminal, cashier, newPage }) => {
  const other = await newPage();
  await cashier.tap(CAFE.latte);
  const order = await cashier.checkOut();
  await other.tap(CAFE.americano);
  await other.sees("cart-total", "4,500원");
  await cashier.press("card-start");
  await terminal.shows("waiting");

  await till.kill();
  await terminal.choose("approved");
  await terminal.shows("approved");
  await till.openAgain();
  await cashier.seesDone("5,000원");
  await other.seesNo("offline-banner");
  await other.sees("cart-total", "4,500원");
  assert.deepEqual(await paymentsOf(till, order), [["approved", undefined]]);
});

async function paymentsOf(till, order) {
  const { payments } = await till.read(`/api/orders/${order}`);
  return payments.map(({ state, failure }) => [state, failure?.why]);
}
