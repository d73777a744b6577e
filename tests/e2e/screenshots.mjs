// Takes the pictures of the README from the real thing: `npm run screenshots -w tests/e2e`, into docs/images/.
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBrowser, openPage } from "./harness/browser.mjs";
import { CAFE, Cashier } from "./harness/cashier.mjs";
import { day, PLAYED_ON } from "./harness/day.mjs";
import { playInto, ROOT, Till } from "./harness/till.mjs";

const IMAGES = join(ROOT, "docs", "images");
/** A page that shows a picture should not wait for it. */
const IMAGE_BYTES_MAX = 300_000;
const PLUGINS = ["stamp-card", "hello-shop", "refund-guard"];

const folder = mkdtempSync(join(tmpdir(), "madang-pictures-"));
const till = await Till.open({ plugins: PLUGINS.map((name) => `plugins/${name}`), data: join(folder, "data") });
const browser = await openBrowser();
try {
  mkdirSync(IMAGES, { recursive: true });
  const { page } = await openPage(browser, till.page());
  await takeAll(new Cashier(page));
  await takeInsight();
} finally {
  await browser.close();
  await till.close();
  rmSync(folder, { recursive: true, force: true });
}

async function takeAll(cashier) {
  await fillCart(cashier);
  await take(cashier, "order");
  await cashier.checkOut();
  await take(cashier, "payment");
  await cashier.payByCard("approved");
  await cashier.seesDone();
  await cashier.press("pay-next");
  await cashier.openDrawer("stamp-card");
  await fillCart(cashier);
  await cashier.checkOut();
  await cashier.payByCard("approved");
  await cashier.seesDone();
  await cashier.toast("스탬프 6/10");
  await cashier.page.locator('[data-testid="tl-row"][data-name="payment.change.event"]').last().click();
  await cashier.sees("tl-json", "paid");
  await take(cashier, "plugins", { keepToasts: true });
  await cashier.page.keyboard.press("`");
  await takeImport(cashier);
}

/** A menu with two rows that are refused, checked. */
async function takeImport(cashier) {
  await cashier.press("nav-orders");
  await cashier.press("import-open");
  const rows = ["메뉴코드,메뉴명,가격,분류", 'K-1,한라봉 소다,"5,500원",음료', "K-2,흑임자 크림,6000,음료", "K-3,,4500,음료", "K-4,말차 라떼,무료,음료"];
  const file = { name: "가을 메뉴.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\r\n")) };
  await cashier.at("import-file").setInputFiles(file);
  await cashier.sees("import-proposal");
  await cashier.press("import-start");
  const refused = await cashier.sees("import-refused");
  await refused.scrollIntoViewIfNeeded();
  await cashier.sees("import-history");
  await take(cashier, "import");
}

/** A day of seventy-five guests, looked back at. */
async function takeInsight() {
  const data = join(folder, "day");
  playInto(data, day(75));
  const till = await Till.open({ data });
  try {
    const { page } = await openPage(browser, till.page("/insight", `from=${PLAYED_ON}&to=${PLAYED_ON}`));
    const cashier = new Cashier(page);
    await cashier.sees("insight-map");
    await take(cashier, "insight");
  } finally {
    await till.close();
  }
}

/** What is tapped last is in sight. */
async function fillCart(cashier) {
  await cashier.tap(CAFE.banana);
  await cashier.tap(CAFE.saltBread, [CAFE.butter]);
  await cashier.tap(CAFE.latte, [CAFE.oatMilk]);
  await cashier.tap(CAFE.americano, [CAFE.iced, CAFE.large, CAFE.shot]);
  await cashier.tap(CAFE.americano, [CAFE.iced, CAFE.large, CAFE.shot]);
}

async function take(cashier, name, { keepToasts = false } = {}) {
  if (!keepToasts) for (const close of await cashier.at("toast-close").all()) await close.click();
  await cashier.page.mouse.move(0, 0);
  const path = join(IMAGES, `${name}.png`);
  await cashier.page.screenshot({ path });
  const { size } = statSync(path);
  if (size > IMAGE_BYTES_MAX) throw new Error(`${path} has ${size} bytes, more than ${IMAGE_BYTES_MAX}`);
  console.log(`${path}: ${size} bytes`);
}
