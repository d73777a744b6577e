import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { violations } from "./harness/axe.mjs";
import { openBrowser, openPage } from "./harness/browser.mjs";
import { keepTraces } from "./harness/failures.mjs";
import { MADANG } from "./harness/till.mjs";

/** A name that would be a tag where it is not escaped. */
const HOSTILE = "</script><img src=x onerror=alert(1)>";

/** The ways orders go: how many of a hundred, and what is done after how many seconds. */
const WAYS = [
  [60, "주문 담기 0, 결제 48, 조리 시작 66, 조리 완료 204, 손님께 건넴 72"],
  [22, "주문 담기 0, 결제 50, 조리 시작 70, 조리 완료 210, 라이더 가져감 552, 문 앞 전달 460"],
  [6, "주문 담기 0, 결제 40, 결제 30, 조리 시작 66, 조리 완료 200, 손님께 건넴 70"],
  [4, "주문 담기 0, 결제 44, 조리 시작 60, 조리 완료 190, 조리 시작 20, 조리 완료 205, 손님께 건넴 66"],
  [3, "주문 담기 0, 취소 12"],
  [2, "주문 담기 0, 결제 45, 취소 120"],
  [2, "주문 담기 0, 결제 41, 조리 시작 66, 조리 완료 208, 라이더 가져감 640, 조리 시작 300, 조리 완료 215, 라이더 가져감 400, 문 앞 전달 500"],
  [1, `주문 담기 0, ${HOSTILE} 20, 결제 45, 조리 시작 60, 조리 완료 200, 손님께 건넴 75, 환불 900`],
];

const folder = mkdtempSync(join(tmpdir(), "madang-insight-"));
let browser;
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

report("labels are there, and none lies on another or on a box, at every step of both sliders", async (page) => {
  const steps = { activities: await most(page, "#activities"), paths: await most(page, "#paths") };
  assert.ok(steps.activities > 3 && steps.paths > 0, JSON.stringify(steps));
  for (const language of ["ko", "en"]) {
    await page.click(`button[data-language=${language}]`);
    for (const measure of ["time", "count"]) {
      await page.click(`button[data-show=${measure}]`);
      for (let activities = 0; activities <= steps.activities; activities += 1) {
        await slideTo(page, "#activities", activities);
        for (let paths = 0; paths <= (await most(page, "#paths")); paths += 1) {
          await slideTo(page, "#paths", paths);
          await nothingOverlaps(page, `${language}, ${measure}, ${activities}, ${paths}`);
        }
      }
    }
  }
});

/** Logs that maps have a hard time with: the ways cases go, and how many go each. */
const HARD = {
  "six activities": [[80, "담기 결제 조리 완료 건넴"], [9, "담기 결제 결제 조리 완료 건넴"], [4, "담기 취소"], [3, "담기 결제 조리 완료 조리 완료 건넴"]],
  "twelve activities with loops": [
    [40, "받음 결제 수락 조리 확인 포장 부름 도착 출발 전달"], [25, "받음 결제 수락 조리 확인 부름 포장 도착 출발 전달"], [9, "받음 결제 결제 수락 조리 확인 조리 확인 포장 부름 부름 도착 출발 전달 환불"],
    [6, "받음 결제 취소 환불"], [2, "받음 결제 수락 조리 확인 포장 부름 도착 부름 도착 출발 전달"],
  ],
  "twenty-five activities": [[50, steps(25)], [20, steps(25, (at) => at % 4 !== 2)], [10, steps(25, (at) => at < 9 || at > 15)], [5, `${steps(12)} ${steps(25)}`], [5, steps(25).split(" ").flatMap((step, at) => (at % 6 === 1 ? [step, step] : [step])).join(" ")]],
  "everything after everything": Array.from({ length: 10 }, (_, shift) => [10 + shift, Array.from({ length: 10 }, (_, at) => `일${(at * (shift + 1) + shift) % 11}`).join(" ")]),
  "long names": [
    [60, "손님이_앱에서_주문을_담고_결제하기를_누를_때까지 결제_대행사에서_카드_승인이_돌아올_때까지_기다림 주방에_주문서가_인쇄되고_담당자가_확인함 조리를_시작하고_끝날_때까지_상태를_알림 문_앞에_전달하고_사진을_찍어_보내는_단계"],
    [6, "손님이_앱에서_주문을_담고_결제하기를_누를_때까지 결제_대행사에서_카드_승인이_돌아올_때까지_기다림 결제_대행사에서_카드_승인이_돌아올_때까지_기다림 주문_취소와_환불_처리"],
  ],
};

function steps(count, isDone = () => true) {
  return Array.from({ length: count }, (_, at) => at).filter(isDone).map((at) => `${at + 1}단계${at % 3 === 0 ? "승인대기" : ""}`).join(" ");
}

/** Windows that a report is opened in. */
const VIEWS = [{ width: 1280, height: 800 }, { width: 1920, height: 1080 }, { width: 768, height: 1024 }];

for (const [name, ways] of Object.entries(HARD)) {
  report(`a map of ${name} fits its card in windows of all sizes, and nothing lies on anything`, async (page) => {
    for (const view of VIEWS) {
      await page.setViewportSize(view);
      // The page hears of its new size before it paints the next time.
      await page.evaluate(() => new Promise((painted) => window.requestAnimationFrame(() => window.requestAnimationFrame(painted))));
      const where = `${view.width} × ${view.height}`;
      await nothingOverlaps(page, where);
      await nothingIsOutside(page, where);
      const first = { activities: await page.inputValue("#activities"), paths: await page.inputValue("#paths") };
      for (const [activities, paths] of [[0, 0], [1e3, 0], [1e3, 1e3]]) {
        await slideTo(page, "#activities", activities);
        await slideTo(page, "#paths", paths);
        await nothingOverlaps(page, `${where}, ${activities}, ${paths}`);
        await nothingIsOutside(page, `${where}, ${activities}, ${paths}`);
      }
      await slideTo(page, "#activities", first.activities);
      await slideTo(page, "#paths", first.paths);
    }
  }, { ways: ways.map(([count, way]) => [count, way.split(" ").map((step, at) => `${step.replaceAll("_", " ")} ${at * 40}`).join(", ")]) });
}

report("what was asked for stands below the map, each part under its name", async (page) => {
  const names = await page.locator(".asked h2 [lang=ko]").allTextContents();
  assert.deepEqual(names, ["찾아낸 모델", "앞과 뒤", "시작하는 때", "사례"]);
  await page.click("button[data-language=en]");
  for (const name of ["The model that was found", "Before and after", "When cases begin", "Cases"]) {
    assert.ok(await page.getByRole("region", { name }).first().isVisible(), name);
  }
  assert.ok((await page.locator(".weight-4").count()) > 0);
});

report("sliders show more and less of the map by the keyboard", async (page) => {
  await page.focus("#activities");
  await page.keyboard.press("End");
  await page.focus("#paths");
  await page.keyboard.press("End");
  assert.deepEqual(await shown(page), { nodes: 10, edges: 14, labels: 14 });
  assert.equal(await page.textContent("#activities-kept"), "10가지 가운데 10가지 · 이벤트의 100%");
  await page.keyboard.press("Home");
  const few = await shown(page);
  assert.ok(few.edges < 14 && few.nodes === 10 && few.labels === few.edges, JSON.stringify(few));
  await page.focus("#activities");
  await page.keyboard.press("Home");
  assert.equal((await shown(page)).nodes, 2);
  assert.match(await page.getAttribute("#activities", "aria-valuetext"), /^10가지 가운데 2가지/);
});

report("it is read in Korean and in English, by time and by count, light and dark", async (page) => {
  const title = page.locator("#map-name");
  assert.equal(await title.innerText(), "일이 지나가는 길");
  await page.click("button[data-language=en]");
  assert.equal(await title.innerText(), "How work flows");
  assert.match(await page.title(), /^Insight/);
  assert.match(await page.innerText("#paths-kept"), /of steps$/);
  const worst = page.locator(".label.worst .by-time .small");
  assert.equal(await worst.locator("[lang=en]").textContent(), "101 · most waiting");
  assert.deepEqual([await worst.locator("[lang=en]").isVisible(), await worst.locator("[lang=ko]").isVisible()], [true, false]);
  await page.click("button[data-show=count]");
  assert.equal(await worst.isVisible(), false);
  assert.equal(await page.getAttribute("button[data-show=count]", "aria-pressed"), "true");
  const ground = () => page.evaluate(() => globalThis.getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.click("#theme");
  assert.notEqual(await ground(), light);
});

report("a name that looks like a tag stays text", async (page) => {
  await page.focus("#paths");
  await page.keyboard.press("End");
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.locator(".variants .step", { hasText: HOSTILE }).count(), 1);
  assert.equal(await page.locator("#map .node title", { hasText: HOSTILE }).count(), 1);
});

report("axe finds nothing serious in it, light and dark, in both languages", async (page) => {
  for (const language of ["ko", "en"]) {
    await page.click(`button[data-language=${language}]`);
    for (const theme of ["light", "dark"]) {
      assert.deepEqual(await violations(page), [], `${theme}, ${language}`);
      await page.click("#theme");
    }
  }
});

/** A test with the report open as a file. Whatever it asks for from outside fails it, as does whatever it complains about. */
function report(name, look, { ways = WAYS } = {}) {
  test(`insight: ${name}`, { timeout: 60_000 }, async () => {
    browser ??= await openBrowser();
    const { page, complaints } = await openPage(browser, pathToFileURL(written(ways)).href);
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("dialog", (dialog) => asked.push(`dialog ${dialog.message()}`));
    try {
      await page.reload();
      await look(page);
      assert.deepEqual(complaints, [], "the page complained");
      assert.deepEqual(asked.filter((url) => !url.endsWith("/report.html")), [], "the page asked for something");
    } catch (error) {
      await keepTraces(name, { page, complaints: () => complaints });
      throw error;
    } finally {
      await page.context().close();
    }
  });
}

const files = new Map();

/** The report of a made-up week, written by the program; the name that its page has is the same for all. */
function written(ways) {
  const known = files.get(ways);
  if (known !== undefined) return known;
  const place = join(folder, String(files.size));
  mkdirSync(place);
  const log = join(place, "week.csv");
  writeFileSync(log, week(ways));
  const made = join(place, "report.html");
  const asked = ["--model", "--arrivals", "--cases", "longest", "--compare", "..2026-11-20", "2026-11-20.."];
  const { status, stderr } = spawnSync(MADANG, ["mine", log, ...asked, "--html", made], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  files.set(ways, made);
  return made;
}

function week(ways) {
  const rows = ["주문번호,활동,시각"];
  let order = 0;
  for (const [orders, way] of ways) {
    for (let at = 0; at < orders; at += 1) {
      order += 1;
      let time = Date.UTC(2026, 10, 16) + order * 5_400_000;
      for (const step of way.split(", ")) {
        const [, activity, seconds] = step.match(/^(.*) (\d+)$/);
        time += Number(seconds) * (1_000 + (order % 7) * 90);
        rows.push(`${order},${activity},${new Date(time).toISOString().slice(0, 19).replace("T", " ")}`);
      }
    }
  }
  return `${rows.join("\n")}\n`;
}

async function most(page, slider) {
  return Number(await page.getAttribute(slider, "max"));
}

function slideTo(page, slider, value) {
  return page.locator(slider).evaluate((element, wanted) => {
    element.value = String(wanted);
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }, value);
}

function shown(page) {
  return page.evaluate(() => {
    const count = (kind) => document.querySelectorAll(`#map .${kind}:not([hidden])`).length;
    return { nodes: count("node"), edges: count("edge"), labels: count("label") };
  });
}

async function nothingOverlaps(page, where) {
  const { labels, nodes, edges } = await page.evaluate(() => {
    const boxes = (selector) =>
      [...document.querySelectorAll(`#map ${selector}:not([hidden])`)].map((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return { text: element.textContent, left, right, top, bottom };
      });
    return { labels: boxes(".label"), nodes: boxes(".node"), edges: boxes(".edge").length };
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

/** All of the map is within its drawing, and the drawing within its card; one that would be too small to be read is scrolled there. */
async function nothingIsOutside(page, where) {
  const { drawing, parts, room, card, scale } = await page.evaluate(() => {
    const box = (element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return { text: element.textContent.slice(0, 40), left, right, top, bottom };
    };
    const map = document.getElementById("map");
    const parts = [...map.querySelectorAll(".node:not([hidden]), .label:not([hidden]), .edge:not([hidden])")].map(box);
    return { drawing: box(map), parts, room: box(map.parentElement), card: box(map.closest(".card")), scale: map.clientWidth / map.viewBox.baseVal.width };
  });
  const isWithin = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
  for (const part of parts) assert.ok(isWithin(part, drawing), `${where}: ${JSON.stringify(part)} is outside of ${JSON.stringify(drawing)}`);
  assert.ok(isWithin(room, card), where);
  assert.ok(scale > 0.84, `${where}: drawn at ${scale} of its size`);
  assert.ok(scale < 0.86 || isWithin(drawing, room), `${where}: ${JSON.stringify(drawing)} is larger than ${JSON.stringify(room)} at ${scale}`);
}
