import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CAFE } from "./harness/cashier.mjs";
import { sample, scene } from "./harness/scene.mjs";
import { ROOT } from "./harness/till.mjs";

scene("a plugin that loops for ever is stopped with a reason while the sale goes on", { plugins: ["tests/e2e/plugins/looper", sample("stamp-card")] }, async ({ cashier }) => {
  await cashier.openDrawer();
  await cashier.seesState("plugin-looper", "data-state", "running");
  await cashier.tap(CAFE.americano);
  await cashier.checkOut();
  await cashier.payByCard("approved");
  await cashier.seesDone("4,500원");
  await cashier.toast("스탬프 1/10");

  await cashier.seesState("plugin-looper", "data-state", "crashed");
  const reason = await (await cashier.sees("plugin-reason-looper")).textContent();
  assert.match(reason, /[가-힣]/);
  assert.doesNotMatch(reason, /panic|unwrap|interrupted|Error/);
  await cashier.seesState("plugin-stamp-card", "data-state", "running");
});

scene("a saved plugin runs anew without losing the cart; a mistake in it is shown with its place", { plugins: (folder) => [copyOfStampCard(folder)] }, async ({ till, folder, cashier }) => {
  const source = join(folder, "stamp-card", "src", "index.ts");
  const before = readFileSync(source, "utf8");
  await cashier.tap(CAFE.americano);
  await cashier.sees("cart-total", "4,500원");

  writeFileSync(source, before.replace("`스탬프 ${stamps", "`도장 ${stamps"));
  await till.says(/loaded stamp-card again/);
  await cashier.sees("cart-total", "4,500원");
  await cashier.checkOut();
  await cashier.payByCard("approved");
  await cashier.toast("도장 1/10");

  writeFileSync(source, `${before}\nconst broken = ;\n`);
  const line = before.split("\n").length + 1;
  await cashier.openDrawer("stamp-card");
  const place = new RegExp(`src/index\\.ts:${line}:16`);
  await till.says(place);
  await cashier.page.locator('[data-testid="tl-row"]').filter({ hasText: place }).first().click();
  await cashier.sees("tl-json", "const broken = ;");
  // The version before it goes on meanwhile.
  await cashier.seesState("plugin-stamp-card", "data-state", "running");
});

function copyOfStampCard(folder) {
  const copy = join(folder, "stamp-card");
  cpSync(join(ROOT, sample("stamp-card")), copy, { recursive: true, filter: (path) => !path.includes("node_modules") });
  return copy;
}
