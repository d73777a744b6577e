import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
function report(name, look) {
  test(`insight: ${name}`, { timeout: 60_000 }, async () => {
    browser ??= await openBrowser();
    const { page, complaints } = await openPage(browser, pathToFileURL(written()).href);
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

let file;

/** The report of a made-up week, written by the program. */
function written() {
  if (file !== undefined) return file;
  const log = join(folder, "week.csv");
  writeFileSync(log, week());
  const made = join(folder, "report.html");
  const asked = ["--model", "--arrivals", "--cases", "longest", "--compare", "..2026-11-20", "2026-11-20.."];
  const { status, stderr } = spawnSync(MADANG, ["mine", log, ...asked, "--html", made], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return (file = made);
}

function week() {
  const rows = ["주문번호,활동,시각"];
  let order = 0;
  for (const [orders, way] of WAYS) {
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
