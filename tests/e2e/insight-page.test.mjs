import assert from "node:assert/strict";
import { violations } from "./harness/axe.mjs";
import { CAFE } from "./harness/cashier.mjs";
import { scene } from "./harness/scene.mjs";
import { until } from "./harness/until.mjs";

const PHONE = { width: 360, height: 740 };
// A dead till is what one scene brings about; the browser notes every request that it does not answer.
const DEAD_TILL = [/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /ERR_SOCKET_NOT_CONNECTED/];

/** Ten orders: six paid by card, one of them at the second try, one in cash, one cancelled, two that a guest asked for of which one is declined. */
async function sell(till) {
  for (let order = 0; order < 5; order += 1) await till.act("tap 바나나", "pay card approved");
  await till.act("tap 바나나", "pay card declined", "pay card approved");
  await till.act("tap 바나나 2", "pay cash 10000");
  await till.act("tap 소금빵", "checkout", "cancel-order last");
  await till.act("request 카페라떼", "accept last 5", "pay card approved", "complete last");
  await till.act("request 카페라떼", "decline last \"재료가 떨어졌어요\"");
}
