import assert from "node:assert/strict";
import { violations } from "./harness/axe.mjs";
import { CAFE } from "./harness/cashier.mjs";
import { day, PLAYED_ON } from "./harness/day.mjs";
import { scene } from "./harness/scene.mjs";
import { until } from "./harness/until.mjs";

const PHONE = { width: 360, height: 740 };
// A dead till is what one scene brings about; the browser notes every request that it does not answer.
const DEAD_TILL = [/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /ERR_SOCKET_NOT_CONNECTED/];
const ORDERS = 10;

/** Ten orders: eight at the till, of which one pays at the second try, one in cash, and one is cancelled; two that are asked for, one of them declined. */
async function sell(till) {
  for (let order = 0; order < 5; order += 1) await till.act("tap \"바나나 1개\"", "pay card approved");
  await till.act("tap \"바나나 1개\"", "pay card declined", "pay card approved");
  await till.act("tap \"바나나 1개\" 2", "pay cash 10000");
  await till.act("tap \"바나나 1개\"", "checkout", "cancel-order last");
  await till.act("request 카페라떼", "accept last 5", "pay card approved");
  await till.act("request 카페라떼", 'decline last "재료가 떨어졌어요"');
}

scene("the insight page tells what was sold, and leads from where it waits to the orders", {}, async ({ cashier, page, till }) => {
  await cashier.sees("nav-insight");
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await cashier.sees("insight-empty", "아직 주문이 없어요");
  assert.deepEqual(await violations(page), [], "empty");

  // The page is open while the shop sells: it tells each order without being asked.
  await sell(till);
  await cashier.sees("insight-figure-orders", String(ORDERS));
  await until("all figures are there", async () => /30\.0%/.test(await cashier.at("insight-figure-redone").textContent()));
  const asked = await till.read("/api/insight");
  assert.equal(asked.summary.orders.now, ORDERS);
  assert.match(await cashier.at("insight-figure-redone").textContent(), /30\.0%3건/);
  assert.match(await cashier.at("insight-figure-variants").textContent(), new RegExp(`^길의 갈래${asked.summary.ways.now}위 다섯이`));
  assert.match(await cashier.at("insight-period").textContent(), new RegExp(`이벤트 ${asked.summary.events.now}개`));
  assert.match(await cashier.at("insight-path-1").textContent(), /5건/);
  assert.deepEqual(await violations(page), [], "sold");
  await fitsInWidth(page);

  const { total, orders: [slowest] } = await till.read(`/api/insight/orders?step_from=${asked.cards[0].from}&step_to=${asked.cards[0].to}`);
  await cashier.press("insight-orders-1");
  const dialog = await cashier.sees("insight-orders-dialog", asked.cards[0].title.ko);
  await cashier.sees(`insight-order-${slowest.id}`);
  assert.equal(await dialog.locator("[data-testid^=insight-order-]").count(), total);
  assert.deepEqual(await violations(page), [], "orders behind a card");
  await cashier.press(`insight-order-${slowest.id}`);
  await page.waitForURL(`**/orders/${slowest.id}`);
  await page.getByRole("heading", { name: String(slowest.number).padStart(3, "0") }).waitFor();
  await page.goBack();
  await cashier.sees("insight-orders-dialog");
  await page.keyboard.press("Escape");
  await cashier.seesNo("insight-orders-dialog");

  await cashier.press("insight-path-1");
  await cashier.sees("insight-orders-dialog", "자주 가는 길 1");
  await until("the orders of the way are listed", async () => (await page.locator("[data-testid^=insight-order-]").count()) === 5);
  await page.keyboard.press("Escape");
});

scene("one order of which little is known makes a page, too", { at: "/insight" }, async ({ cashier, page, till }) => {
  await cashier.sees("insight-empty");
  await till.act("request 카페라떼");
  await cashier.sees("insight-map");
  assert.deepEqual(await shown(page), { nodes: 1, edges: 0, labels: 0 });
  assert.match(await cashier.at("insight-figure-median").textContent(), /중앙값—/);
  assert.deepEqual([await cashier.at("insight-activities").isDisabled(), await cashier.at("insight-paths").isDisabled()], [true, true]);
  await page.getByText("기다린 곳이 없어요").waitFor();
  assert.deepEqual(await violations(page), [], "one order");
  await cashier.press("insight-waiting");
  await cashier.sees("insight-orders-dialog", "지금 기다리는 주문");
  const [{ id }] = await till.read("/api/orders");
  await cashier.press(`insight-order-${id}`);
  await cashier.sees("order-accept");
});

const SLOW_GUARD = "tests/e2e/plugins/slow-guard";

scene("a plugin that keeps refunds waiting has a card, which leads to the orders and to its timeline", { plugins: [SLOW_GUARD], allows: DEAD_TILL }, async ({ cashier, page, till }) => {
  for (let refund = 0; refund < 2; refund += 1) await till.act('tap "바나나 1개"', "pay card approved", "cancel-payment last", "expect cancelled");
  await cashier.press("nav-insight");
  await cashier.sees("insight-figure-orders", "2");
  const { plugins: [guard] } = await till.read("/api/insight");
  assert.deepEqual([guard.plugin, guard.questions, guard.orders, guard.silent, guard.refused, guard.is_slow], ["slow-guard", 2, 2, 0, 0, true]);
  assert.ok(guard.median_ms >= 1_780 && guard.lost_per_week_ms >= 7 * 3_600, JSON.stringify(guard));

  const card = page.locator('[data-look="plugin"]');
  await card.filter({ hasText: "환불이 slow-guard의 답을 기다려요" }).waitFor();
  assert.match(await card.textContent(), /환불 전에 물으면 답까지 보통 \d.*2건/);
  assert.deepEqual(await violations(page), [], "a plugin's card");
  await fitsInWidth(page);
  await card.locator("[data-testid^=insight-orders-]").click();
  const dialog = await cashier.sees("insight-orders-dialog", "환불이 slow-guard의 답을 기다려요");
  await until("both orders are listed", async () => (await dialog.locator("[data-testid^=insight-order-]").count()) === 2);
  assert.deepEqual(await violations(page), [], "orders that waited for a plugin");
  await page.keyboard.press("Escape");
  await cashier.seesNo("insight-orders-dialog");

  await card.locator("[data-testid^=insight-timeline-]").click();
  await cashier.sees("cockpit");
  await page.waitForURL(/dev=slow-guard/);
  await cashier.sees("timeline", "payment.event.request");

  // What was asked is in the journal, so it is told after the till was killed, too.
  await till.kill();
  await till.openAgain();
  await until("it is known again", async () => (await till.read("/api/insight")).plugins[0]?.questions === 2);
  await cashier.seesNo("offline-banner");
});

/** Three guests who wait for exactly so long, and one who asks for something that is accepted after two minutes. */
const KNOWN = ["tap 아메리카노", "wait 20s", "checkout", "wait 10s", "pay cash 10000", "wait 30s"];
const KNOWN_DAY = [...KNOWN, ...KNOWN, ...KNOWN, "request 카페라떼", "wait 2m", "accept last 5", "wait 1m", "pay cash 10000"].join("\n");

scene("lengths of time are those that guests waited", { played: KNOWN_DAY, at: "/insight", query: `from=${PLAYED_ON}&to=${PLAYED_ON}` }, async ({ cashier, page }) => {
  await cashier.sees("insight-period", "11월 22일 · 이벤트");
  await cashier.sees("insight-figure-orders", "4");
  assert.match(await cashier.at("insight-figure-median").textContent(), /중앙값30초/);
  assert.match(await cashier.at("insight-figure-p90").textContent(), /열에 아홉은3분 안에/);
  assert.match(await cashier.at("insight-figure-redone").textContent(), /0\.0%0건/);
  const label = (from, to) => page.locator(`[data-place="${from}-${to}"]`).getAttribute("aria-label");
  assert.equal(await label("cart_begun", "order_placed"), "담기 시작 다음 주문, 3번, 보통 20초");
  assert.equal(await label("order_placed", "payment_completed"), "주문 다음 결제 완료, 3번, 보통 10초");
  assert.equal(await label("order_placed", "order_accepted"), "주문 다음 접수, 1번, 보통 2분, 가장 많이 기다림");
  assert.match(await cashier.at("insight-card-1").textContent(), /접수를 기다려요2분/);
  await cashier.press("insight-orders-1");
  await cashier.sees("insight-orders-dialog", "접수를 기다려요");
  assert.match(await page.locator("[data-testid^=insight-order-]").textContent(), /^004.*2분$/);
});

const LONG_DAY = { played: day(100), at: "/insight", query: `from=${PLAYED_ON}&to=${PLAYED_ON}` };

scene("the map is read by time and by count, in more and less detail, as a table, and by keys alone", LONG_DAY, async ({ cashier, page, till }) => {
  await cashier.sees("insight-map");
  const { map: { detail } } = await till.read(`/api/insight?from=${PLAYED_ON}`);
  const activities = cashier.at("insight-activities");
  const paths = cashier.at("insight-paths");
  for (const language of ["ko", "en"]) {
    await cashier.press(`lang-${language}`);
    for (const measure of ["time", "count"]) {
      await cashier.press(`insight-by-${measure}`);
      for (const step of detail.activities.keys()) {
        await activities.fill(String(step));
        await cashier.sees("insight-activities-kept", language === "ko" ? `${detail.activities.at(-1)}가지 가운데 ${detail.activities[step]}가지` : `${detail.activities[step]} of ${detail.activities.at(-1)}`);
        await nothingOverlaps(page, `${language}, ${measure}, ${step}`);
      }
    }
  }
  await cashier.press("lang-ko");
  await paths.focus();
  await page.keyboard.press("Home");
  const few = await until("fewer lines are shown", async () => {
    const { edges } = await shown(page);
    return edges === detailOf(detail, 0) ? edges : undefined;
  });
  await page.keyboard.press("End");
  await until("all lines are shown", async () => (await shown(page)).edges > few);
  assert.equal((await shown(page)).nodes, detail.activities.at(-1));

  await cashier.press("insight-by-time");
  assert.match(await page.locator('[data-testid="map-label"]', { hasText: "가장 많이 기다림" }).textContent(), /\d · 가장 많이 기다림$/);
  await cashier.press("insight-by-count");
  assert.equal(await page.locator('[data-testid="map-label"]', { hasText: "가장 많이 기다림" }).count(), 0);

  // Tab comes to the map once; arrows go about on it.
  await page.focus('[data-testid="insight-map"] [tabindex="0"]');
  assert.equal(await page.locator('[data-testid="insight-map"] [tabindex="0"]').count(), 1);
  assert.match(await focused(page), /^담기 시작, \d+번$/);
  await page.keyboard.press("ArrowRight");
  assert.match(await focused(page), /^담기 시작 다음 주문, \d+번, 보통 /);
  await page.keyboard.press("ArrowRight");
  assert.match(await focused(page), /^주문, 100번$/);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await cashier.sees("insight-orders-dialog");
  await page.keyboard.press("Escape");
  assert.match(await focused(page), / 다음 주문, /, "the focus comes back to the line");

  const { map } = await till.read(`/api/insight?from=${PLAYED_ON}&activities=${detail.activities.length - 1}&paths=99`);
  await cashier.press("insight-table-switch");
  const table = await cashier.sees("insight-table");
  const rows = await table.locator("table").first().locator("tbody tr").evaluateAll((all) => all.map((row) => row.children[2].textContent));
  assert.deepEqual(rows.map(Number), map.edges.map((edge) => edge.count).sort((one, other) => other - one));
  assert.deepEqual(await violations(page), [], "as a table");
});

for (const view of [{ width: 1280, height: 800 }, { width: 1920, height: 1080 }, { width: 768, height: 1024 }]) {
  scene(`the map fits its card in a window of ${view.width} × ${view.height}, however much of it is shown`, { ...LONG_DAY, view }, async ({ cashier, page, till }) => {
    await cashier.sees("insight-map");
    const { map: { detail } } = await till.read(`/api/insight?from=${PLAYED_ON}`);
    await nothingOverlaps(page, "at first");
    await nothingIsOutside(page, "at first");
    await fitsInWidth(page);
    for (const step of detail.activities.keys()) {
      await cashier.at("insight-activities").fill(String(step));
      await cashier.sees("insight-activities-kept", `${detail.activities.at(-1)}가지 가운데 ${detail.activities[step]}가지`);
      await nothingOverlaps(page, `step ${step}`);
      await nothingIsOutside(page, `step ${step}`);
    }
    await cashier.at("insight-paths").focus();
    await page.keyboard.press("End");
    await until("all lines are shown", async () => (await shown(page)).edges === (await till.read(`/api/insight/map?from=${PLAYED_ON}&activities=99&paths=99`)).edges.length);
    await nothingOverlaps(page, "all of it");
    await nothingIsOutside(page, "all of it");
  });
}

scene("days and channels are chosen, and stand in the address", { allows: [/status of 422/] }, async ({ cashier, page, till }) => {
  await sell(till);
  const { business_date: today } = await till.read("/api/shop");
  await page.goto(till.page("/insight"));
  await cashier.press("insight-today");
  await page.waitForURL(`**/insight?from=${today}&to=${today}`);
  await cashier.seesState("insight-today", "aria-checked", "true");
  await cashier.sees("insight-figure-orders", `${ORDERS}`);

  const { channels } = await till.read("/api/insight");
  const guests = channels.find((one) => one.channel !== "pos");
  await cashier.press("insight-channel");
  await cashier.sees("insight-channel-dialog");
  assert.deepEqual(await violations(page), [], "channels");
  await cashier.press(`insight-channel-${guests.channel}`);
  await cashier.press("insight-channel-set");
  await page.waitForURL(`**&channel=${guests.channel}`);
  await cashier.sees("insight-channel", guests.name.ko);
  await until("only those orders are counted", async () => new RegExp(`^주문${guests.orders}[^0-9]`).test(await cashier.at("insight-figure-orders").textContent()));

  await cashier.press("insight-pick");
  await cashier.sees("insight-period-dialog");
  assert.deepEqual(await violations(page), [], "days");
  await cashier.at("insight-from").fill("2020-01-01");
  await cashier.seesState("insight-period-set", "aria-disabled", "true");
  await cashier.sees("insight-period-dialog", "400일까지");
  await cashier.at("insight-from").fill("2020-02-01");
  await cashier.at("insight-to").fill("2020-02-29");
  await cashier.press("insight-period-set");
  await cashier.sees("insight-empty", "이때는 주문이 없어요");
  assert.deepEqual(await violations(page), [], "no orders then");
  await page.goBack();
  await cashier.sees("insight-figure-orders", `${guests.orders}`);

  // An address that somebody wrote by hand.
  await page.goto(till.page("/insight", "from=2020-01-01&to=2026-01-01"));
  await cashier.sees("insight-failed", "bad-period");
  assert.deepEqual(await violations(page), [], "refused");
});

for (const { query, view } of [{ query: "theme=dark", view: undefined }, { query: "lang=en", view: undefined }, { query: "", view: PHONE }, { query: "theme=dark&lang=en", view: PHONE }]) {
  scene(`axe finds nothing serious in insight, ${query === "" ? "light" : query}, ${view === undefined ? "wide" : "on a phone"}`, { at: "/insight", query, view }, async ({ cashier, page, till }) => {
    await cashier.sees("insight-empty");
    await sell(till);
    await cashier.sees("insight-figure-orders", `${ORDERS}`);
    await until("all figures are there", async () => /30\.0%/.test(await cashier.at("insight-figure-redone").textContent()));
    assert.deepEqual(await violations(page), [], "the page");
    await fitsInWidth(page);
    await nothingOverlaps(page, "at first");
    await cashier.press("insight-table-switch");
    await cashier.sees("insight-table");
    assert.deepEqual(await violations(page), [], "as a table");
    await fitsInWidth(page);
    await cashier.press("insight-orders-1");
    await until("its orders are listed", async () => (await page.locator("[data-testid^=insight-order-]").count()) > 0);
    assert.deepEqual(await violations(page), [], "orders");
    await fitsInWidth(page);
  });
}

scene("figures stay on the page while the till is away, and go on when it is back", { allows: [/status of 4\d\d/, ...DEAD_TILL] }, async ({ cashier, till }) => {
  await till.act("tap \"바나나 1개\"", "pay card approved");
  await cashier.press("nav-insight");
  await cashier.sees("insight-figure-orders", "1");
  await till.kill();
  await cashier.sees("offline-banner");
  await cashier.sees("insight-figure-orders", "1");
  // What was never read cannot be shown; it is as soon as the till is back.
  await cashier.press("insight-pick");
  await cashier.at("insight-from").fill("2020-02-01");
  await cashier.at("insight-to").fill("2020-02-29");
  await cashier.press("insight-period-set");
  await cashier.sees("insight-failed", "포스에 닿지 않아요");
  await till.openAgain();
  await cashier.seesNo("offline-banner");
  await cashier.sees("insight-empty");
  await cashier.press("insight-week");
  await till.act("tap \"바나나 1개\"", "pay card approved");
  await until("the new order is counted", async () => /^주문2[^0-9]/.test(await cashier.at("insight-figure-orders").textContent()));
});

scene("the page is as lively as ever with the insight page open", { at: "/insight" }, async ({ cashier, page, till }) => {
  await sell(till);
  await cashier.sees("insight-map");
  await cashier.press("nav-order");
  await cashier.tap(CAFE.latte);
  await cashier.checkOut();
  await cashier.payByCard("approved");
  await cashier.seesDone("5,000원");
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await until("the sale is counted", async () => new RegExp(`^주문${ORDERS + 1}[^0-9]`).test(await cashier.at("insight-figure-orders").textContent()));
});

function detailOf({ paths }, step) {
  return paths[step].edges;
}

function focused(page) {
  return page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
}

/** Nothing stands out at the side, where nobody would find it. */
async function fitsInWidth(page) {
  const { content, view } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, view: document.documentElement.clientWidth }));
  assert.ok(content <= view, `${content} pixels in ${view}`);
}

function shown(page) {
  return page.evaluate(() => {
    const count = (kind) => document.querySelectorAll(`[data-testid="map-${kind}"]`).length;
    return { nodes: count("box"), edges: count("line"), labels: count("label") };
  });
}

/** Every line has a label with words that fit into it, and neither labels nor boxes lie on each other. */
async function nothingOverlaps(page, where) {
  const { labels, nodes, edges } = await page.evaluate(() => {
    const boxes = (kind) =>
      [...document.querySelectorAll(`[data-testid="map-${kind}"]`)].map((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return { text: element.textContent, left, right, top, bottom };
      });
    return { labels: boxes("label"), nodes: boxes("box"), edges: boxes("line").length };
  });
  assert.equal(labels.length, edges, where);
  assert.ok(nodes.length > 1, where);
  const all = [...labels, ...nodes];
  for (const [at, one] of all.entries()) {
    assert.ok(one.right - one.left > 8 && one.bottom - one.top > 8, `${where}: ${JSON.stringify(one)} is empty`);
    for (const other of all.slice(0, at)) {
      const apart = one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;
      assert.ok(apart, `${where}: ${JSON.stringify(one)} lies on ${JSON.stringify(other)}`);
    }
  }
}

/** All of the map is within its drawing, and the drawing as wide as its card has room; it can be read, and nothing of it is hidden but what is scrolled to. */
async function nothingIsOutside(page, where) {
  const { drawing, parts, room, card, scale } = await page.evaluate(() => {
    const box = (element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return { text: element.textContent.slice(0, 40), left, right, top, bottom };
    };
    const map = document.querySelector('[data-testid="insight-map"]');
    const parts = [...map.querySelectorAll("[data-testid^=map-]")].map(box);
    return { drawing: box(map), parts, room: box(map.parentElement), card: box(map.closest("section")), scale: map.clientWidth / map.viewBox.baseVal.width };
  });
  const isWithin = (inner, outer, isHigher = false) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && (isHigher || (inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1));
  for (const part of parts) assert.ok(isWithin(part, drawing), `${where}: ${JSON.stringify(part)} is outside of ${JSON.stringify(drawing)}`);
  assert.ok(isWithin(room, card), `${where}: ${JSON.stringify(room)} in ${JSON.stringify(card)}`);
  assert.ok(scale > 0.84, `${where}: drawn at ${scale} of its size`);
  assert.ok(isWithin(drawing, room, scale < 0.86), `${where}: ${JSON.stringify(drawing)} in ${JSON.stringify(room)} at ${scale}`);
}
