import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after } from "node:test";
import { violations } from "./harness/axe.mjs";
import { CAFE } from "./harness/cashier.mjs";
import { sample, scene } from "./harness/scene.mjs";

const SERVER = "https://orders.example.com";

scene("a plugin's server is gone: the sale does not wait, the strip says so, and a person holds it back", { plugins: [sample("order-mirror")] }, async ({ cashier, page, till }) => {
  // The network is cut before anything is asked of it: nothing of this scene leaves the machine.
  await cashier.openDrawer();
  await cashier.press("net-cut");
  await cashier.seesState("net-switch", "data-choice", "cut");
  assert.deepEqual((await till.read("/api/network")).plan.faults, [{ fault: { kind: "refused" }, per_mille: 1000 }]);
  await till.act(`set server_url ${SERVER}`);
  await cashier.seesNo("health-outside");

  await cashier.tap(CAFE.americano);
  await cashier.checkOut();
  await cashier.payByCard("approved");
  await cashier.seesDone("4,500원");
  await cashier.toast("주문 서버에 보내지 못했습니다");

  await cashier.seesState("health-outside", "data-state", "failing");
  await cashier.press("health-strip");
  await cashier.sees("health-panel");
  const row = await cashier.sees("upstream-order-mirror", "orders.example.com");
  assert.match(await row.textContent(), /실패 중.*order-mirror.*실패 1/);
  await cashier.sees("upstream-last-failure", "no connection to https://orders.example.com: a failure on purpose");
  assert.deepEqual(await violations(page), []);

  await cashier.press("upstream-isolate");
  await cashier.seesState("upstream-order-mirror", "data-state", "heldBack");
  await cashier.seesState("health-outside", "data-state", "heldBack");
  assert.equal((await till.read("/api/upstreams"))[0].breaker, "isolated");
  await cashier.press("upstream-release");
  await cashier.seesState("upstream-order-mirror", "data-state", "fine");
  await cashier.press("upstream-isolate");
  await cashier.seesState("upstream-order-mirror", "data-state", "heldBack");

  await cashier.press("net-online");
  await cashier.seesState("net-switch", "data-choice", "online");
  assert.equal((await till.read("/api/network")).plan, null);
  await page.keyboard.press("Escape");
  await cashier.seesNo("health-panel");
});

scene("every way in which the network can fail is one choice of the switch, for one server or all", { plugins: [sample("order-mirror")], query: "dev=" }, async ({ cashier, newPage, till }) => {
  const other = await newPage("/order", "dev=&lang=en");
  await cashier.sees("net-switch");
  const choices = await cashier.at("net-other").locator("option").evaluateAll((options) => options.map((option) => option.value));
  assert.equal(choices.length, 13);
  for (const choice of choices.reverse()) {
    await cashier.at("net-other").selectOption(choice);
    await cashier.seesState("net-switch", "data-choice", choice);
    await other.seesState("net-switch", "data-choice", choice);
  }
  assert.equal((await till.read("/api/network")).plan, null);
  const headers = { authorization: `Bearer ${till.token}`, "content-type": "application/json" };
  const plan = { faults: [{ fault: { kind: "refused" }, per_mille: 3 }], seed: 1, origin: SERVER };
  await till.ask("/api/network", { method: "POST", headers, body: JSON.stringify(plan) });
  await cashier.seesState("net-switch", "data-choice", "other");
  assert.equal(await cashier.at("net-where").inputValue(), SERVER);
});

let receives = 400;
const receiver = createServer((request, response) => request.resume().on("end", () => response.writeHead(receives).end()));
receiver.listen(0, "127.0.0.1");
await once(receiver, "listening");
after(() => receiver.close());
const webhook = `http://127.0.0.1:${receiver.address().port}/orders`;

scene("what a webhook refuses stands aside: the strip counts it, the panel says why, and it is sent again by hand", { flags: ["--webhook", webhook] }, async ({ cashier, page, newPage, till }) => {
  await cashier.seesNo("health-aside");
  await cashier.tap(CAFE.americano);
  await cashier.checkOut();
  await cashier.payByCard("approved");
  await cashier.seesDone("4,500원");

  await cashier.sees("health-aside", "못 보냄 1");
  const english = await newPage("/order", "lang=en");
  await english.sees("health-aside", "Unsent 1");
  await english.press("health-strip");
  await english.sees("aside-list", "Messages not delivered: 1");
  await cashier.press("health-strip");
  const { messages } = await till.read("/api/outbox/aside");
  const row = await cashier.sees(`aside-${messages[0].id}`, "the server answered 400");
  assert.match(await row.textContent(), /order\/.*기다려요/);
  assert.deepEqual(await violations(page), []);

  receives = 200;
  await cashier.press("aside-retry");
  await cashier.seesNo("aside-list");
  await cashier.seesNo("health-aside");
  await english.seesNo("aside-list");
  assert.equal((await till.read("/api/outbox/aside")).count, 0);
});
