// Every finished bundle works in a plain worker with a till of a few lines; the same ones then run in Madang's sandbox.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { FakeTill } from "./fake-till.mjs";

const expectations = JSON.parse(await readFile(new URL("expectations.json", import.meta.url), "utf8"));
const built = (bundle) => new URL(`built/${bundle}/main.js`, import.meta.url).pathname;
const TIMEOUT = { timeout: 20_000 };

for (const [bundle, line] of Object.entries(expectations)) {
  test(`${bundle} prints its line`, TIMEOUT, async () => {
    const till = await new FakeTill(built(bundle)).until(({ lines }) => lines.length > 0);
    await till.stop();
    assert.equal(till.lines[0], line);
  });
}

for (const bundle of Object.keys(expectations).filter((name) => name.startsWith("independent"))) {
  test(`${bundle} speaks the protocol`, TIMEOUT, async () => {
    const till = new FakeTill(built(bundle), new Map([["sales", "41"]]));
    till.tell("payment.change.event", { event: "paid", payment: { id: "5" }, order: { id: "9" } });
    await till.until(({ lines }) => lines.includes("42번째 결제 4500원") && lines.includes("independent client: ready"));

    till.tell("payment.event.request", cancelling(60_000), "ask1");
    till.tell("payment.event.request", cancelling(1_000), "ask2");
    await till.until(() => till.named("payment.event.response").length === 2 && till.named("toast.open").length === 2);
    await till.until(() => logged(till).filter((name) => name === "toast.open").length === 2);
    await till.stop();

    assert.deepEqual(till.named("payment.event.response"), [
      { name: "payment.event.response", callbackId: "ask1", data: { complete: false, errorMessage: "50000원이 넘는 결제는 취소할 수 없어요" } },
      { name: "payment.event.response", callbackId: "ask2", data: { complete: true, event: "before-cancel" } },
    ]);
    assert.equal(till.messages[0].name, "plugin.info.request");
    assert.equal(till.named("merchant.info.request").length, 1);
    assertEveryMessageIsLogged(till);
  });
}

function cancelling(amountMoney) {
  return { event: "before-cancel", payload: { order: { id: "9" }, payment: { id: "5", amountMoney } } };
}

function logged(till) {
  return till.named("log").map((message) => message.data.log.contents.name);
}

function assertEveryMessageIsLogged(till) {
  const posted = till.messages.map((message) => message.name).filter((name) => name !== "log");
  const names = logged(till);
  for (const name of posted) assert.ok(names.includes(name), `${name} was not logged`);
  assert.ok(names.includes("order.get.response"), "received messages are logged as well");
  const { data } = till.named("log")[0];
  assert.equal(data.type, "debug");
  assert.deepEqual(Object.keys(data.log).sort(), [
    "contents", "extension_name", "extension_version", "level", "phase", "plugin_name", "plugin_version", "sessionId", "timestamp", "title",
  ]);
}
