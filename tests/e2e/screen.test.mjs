/* global getComputedStyle -- inside of page functions */
import assert from "node:assert/strict";
import { CAFE } from "./harness/cashier.mjs";
import { sample, scene } from "./harness/scene.mjs";
import { until } from "./harness/until.mjs";

scene("the screen speaks English when asked, and remembers it", {}, async ({ till, page, cashier }) => {
  await cashier.sees(`menu-tile-${CAFE.americano}`, "아메리카노");
  await cashier.press("lang-en");
  await page.getByRole("heading", { name: "Order", exact: true }).waitFor({ state: "attached" });
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  await cashier.sees("shop-name", "Seongsu Roastery");
  await cashier.tap(CAFE.banana);
  await cashier.sees("cart-total", "₩1,800");
  await cashier.checkOut();
  await cashier.payByCard("approved");
  await cashier.seesDone("₩1,800");

  await page.goto(till.page());
  await cashier.sees("shop-name", "Seongsu Roastery");
  await cashier.press("lang-ko");
  await cashier.sees("shop-name", "성수 로스터리");
});

for (const theme of ["light", "dark"]) {
  scene(`every screen is drawn ${theme}, and can be used without seeing it`, { plugins: [sample("stamp-card")], query: `theme=${theme}` }, async ({ page, cashier }) => {
    const look = async (name) => {
      assert.equal(await isDark(page), theme === "dark", `${name} is ${theme}`);
      assert.deepEqual(await faults(page), [], name);
      assert.ok((await page.screenshot()).length > 10_000, `${name} is not empty`);
    };
    await cashier.sees(`menu-tile-${CAFE.americano}`);
    await look("order");
    await cashier.press(`menu-tile-${CAFE.americano}`);
    await cashier.sees("option-sheet");
    await look("options");
    await cashier.press("option-add");
    const order = await cashier.checkOut();
    await look("payment");
    await cashier.press("method-cash");
    await cashier.sees("cash-change");
    await look("cash");
    await cashier.payByCard("approved");
    await cashier.seesDone("4,500원");
    await look("done");
    await cashier.press("nav-orders");
    await cashier.press(`order-row-${order}`);
    await cashier.sees("order-refund");
    await look("orders");
    await cashier.openDrawer("stamp-card");
    await cashier.sees("tl-row");
    await look("timeline");
    await cashier.press("cockpit-tab-1");
    await cashier.sees("settings-save");
    await look("settings");
  });
}

scene("the options are chosen with keys alone, and the focus stays among them", {}, async ({ page, cashier }) => {
  const tile = cashier.at(`menu-tile-${CAFE.americano}`);
  await tile.waitFor();
  await tabUntil(page, `menu-tile-${CAFE.americano}`);
  await page.keyboard.press("Enter");
  await cashier.sees("option-sheet");
  for (const key of ["Tab", "Shift+Tab"]) await staysInside(page, key);
  await page.keyboard.press("Escape");
  await cashier.seesNo("option-sheet");
  assert.equal(await focused(page), `menu-tile-${CAFE.americano}`, "the focus goes back to where it came from");
  assert.equal(await cashier.at(`cart-line-${CAFE.americano}`).count(), 0);

  await page.keyboard.press("Enter");
  await cashier.sees("option-sheet");
  await tabUntil(page, `choice-${CAFE.large}`);
  await page.keyboard.press("Enter");
  await cashier.seesState(`choice-${CAFE.large}`, "aria-checked", "true");
  await tabUntil(page, "option-add");
  await page.keyboard.press("Enter");
  await cashier.sees(`cart-line-${CAFE.americano}`, "라지");
  await cashier.sees("cart-total", "5,000원");

  await page.keyboard.press("F2");
  await cashier.sees("payment");
  await page.keyboard.press("1");
  await cashier.sees("done-amount", "5,000원");
  await page.keyboard.press("Enter");
  await cashier.sees("pay-open");
});

async function isDark(page) {
  const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [red, green, blue] = colour.match(/\d+/g).map(Number);
  return red + green + blue < 384;
}

const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? "");

/** As many stops as a screen could sensibly have before the one that is looked for. */
const STOPS_MAX = 80;

async function tabUntil(page, id) {
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    if ((await focused(page)) === id) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${id} cannot be reached with Tab; the focus is on ${await focused(page)}`);
}

/** Goes once around and a bit; the focus must never be outside of the dialog. */
async function staysInside(page, key) {
  const stops = await page.locator("[role=dialog] :is(button, input, [tabindex='0'])").count();
  for (let stop = 0; stop < stops + 3; stop += 1) {
    await page.keyboard.press(key);
    await until("the focus is somewhere", async () => (await page.evaluate(() => document.activeElement !== document.body)) || undefined);
    assert.ok(await page.evaluate(() => document.activeElement.closest("[role=dialog]") !== null), `${key} left the dialog`);
  }
}

/** What somebody who does not see the screen would miss. */
function faults(page) {
  return page.evaluate(() => {
    const seen = (element) => element.checkVisibility() && element.closest("[inert], [aria-hidden=true]") === null;
    const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
    const textOf = (id) => document.getElementById(id)?.textContent.trim() ?? "";
    const nameOf = (element) =>
      (element.getAttribute("aria-label") ?? "").trim() ||
      (element.getAttribute("aria-labelledby") ?? "").split(" ").map(textOf).join(" ").trim() ||
      [...(element.labels ?? [])].map((label) => label.textContent.trim()).join(" ") ||
      element.textContent.trim();
    const isModal = document.querySelector("[aria-modal=true]") !== null;
    const faults = [];
    const told = (element) => element.getAttribute("data-testid") ?? element.outerHTML.slice(0, 120);
    for (const landmark of ["header", "nav", "main", "aside"]) {
      if (!isModal && all(landmark).length === 0) faults.push(`no ${landmark}`);
    }
    if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
    if (document.querySelectorAll("h1").length !== 1) faults.push(`${document.querySelectorAll("h1").length} h1`);
    for (const element of all("button, a[href], input, select, textarea, [role=dialog], [role=radiogroup], [role=tablist], [role=spinbutton], [role=slider], nav, aside, section")) {
      if (nameOf(element) === "") faults.push(`without a name: ${told(element)}`);
    }
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push(`id ${id} is there more than once`);
    for (const reference of ["aria-labelledby", "aria-describedby", "aria-controls"]) {
      for (const element of all(`[${reference}]`)) {
        for (const id of element.getAttribute(reference).split(" ")) if (document.getElementById(id) === null) faults.push(`${reference} leads nowhere: ${told(element)}`);
      }
    }
    for (const element of all("[tabindex]")) if (element.tabIndex > 0) faults.push(`tabindex over 0: ${told(element)}`);
    return faults;
  });
}
