import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { violations } from "./harness/axe.mjs";
import { scene } from "./harness/scene.mjs";
import { until } from "./harness/until.mjs";

/** `메뉴코드,메뉴명,가격,분류,담당`, two good rows, one without a name and one with a price that is none, as Korean Excel writes it. */
const CP949_MENU = Buffer.from(
  [
    "b8deb4bac4dab5e52cb8deb4bab8ed2cb0a1b0dd2cbad0b7f92cb4e3b4e70d0a4b2d312cc7d1b6f3bac020bcd2b4d92c22352c353030bff8222cc0bd",
    "b7e12cb1e80d0a4b2d322cc8e6c0d3c0da20c5a9b8b22c363030302cc0bdb7e12cb1e80d0a4b2d332c2c343530302cc0bdb7e12cb1e80d0a4b2d342c",
    "b8bbc2f720b6f3b6bc2cb9abb7e12cc0bdb7e12cb1e80d0a",
  ].join(""),
  "hex",
);

// A dead till is what one scene brings about; the browser notes every request that it does not answer.
const DEAD_TILL = [/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /ERR_SOCKET_NOT_CONNECTED/];

scene("a menu in CP949 is dropped, looked at, imported without its bad rows, and what is new is sold", { allows: [/status of 409/] }, async ({ cashier, page, till }) => {
  await cashier.press("nav-orders");
  await cashier.press("import-open");
  await cashier.sees("import-zone", "놓으세요");
  assert.deepEqual(await violations(page), [], "nothing chosen yet");

  await drop(page, "메뉴.csv", CP949_MENU);
  await cashier.sees("import-file-name", "메뉴.csv");
  const proposal = await cashier.sees("import-proposal", "CP949");
  assert.match(await proposal.textContent(), /CSV · 쉼표로 나뉨/);
  await cashier.seesState("import-kind-menu", "aria-checked", "true");
  await cashier.seesState("import-column-price", "data-fit", "warn");
  assert.match(await cashier.at("import-column-price").textContent(), /가격.*4개 중 3개 맞음/);
  await cashier.sees("import-unused", "담당");
  await cashier.sees("import-rows", "한라봉 소다");
  assert.deepEqual(await violations(page), [], "a proposal");

  await cashier.press("import-check");
  await cashier.seesState("import-job", "data-outcome", "some_refused");
  await cashier.sees("import-result", "4줄 가운데 2줄을 가져올 수 있고 2줄은 거절돼요");
  await seesRefused(cashier);
  assert.deepEqual(await violations(page), [], "checked");
  const { items: before } = await till.read("/api/shop");
  assert.equal(before.some((item) => item.title.ko === "한라봉 소다"), false);
  assert.deepEqual(await till.read("/api/import/history"), []);

  await cashier.press("import-start");
  await cashier.sees("import-result", "4줄 가운데 2줄을 가져왔고 2줄은 거절했어요");
  await seesRefused(cashier);
  await cashier.sees("spoken-polite", "일부 줄을 거절했어요");
  await cashier.sees("import-history", "2줄 가져옴 · 2줄 거절");
  assert.deepEqual(await violations(page), [], "imported");

  const [{ run }] = await till.read("/api/import/history");
  const saving = page.waitForEvent("download");
  await cashier.press(`import-refused-file-${run}`);
  const lines = (await readFile(await (await saving).path(), "utf8")).split("\r\n");
  assert.equal(lines[0], "\uFEFF메뉴코드,메뉴명,가격,분류,담당,거절한 이유");
  assert.match(lines[1], /^K-3,,4500,음료,김,.+/);
  assert.match(lines[2], /^K-4,말차 라떼,무료,음료,김,.+/);

  await cashier.press("import-start");
  await cashier.sees("import-known", "이미 가져온 파일이에요");
  assert.deepEqual(await violations(page), [], "known");
  await cashier.press("import-again");
  await cashier.sees("import-result", "2줄은 이미 같았어요");

  const { items } = await till.read("/api/shop");
  const added = items.find((item) => item.title.ko === "한라봉 소다");
  await cashier.press("nav-order");
  await cashier.tap(added.id);
  await cashier.checkOut();
  await cashier.payByCard("approved");
  await cashier.seesDone("5,500원");
});

scene("what cannot be imported is told in words, and a file is taken for what a person says", { query: "theme=dark", allows: [/status of 4\d\d/] }, async ({ cashier, page }) => {
  await cashier.sees("nav-orders");
  await page.keyboard.press("g");
  await page.keyboard.press("f");
  await cashier.sees("import-zone");
  await drop(page, "빈.csv", Buffer.alloc(0));
  await cashier.sees("import-problem", "빈 파일이에요");
  await drop(page, "정산.csv", Buffer.from("거래일시,승인번호,카드사,승인금액,수수료,정산금액\n2026-11-22 12:00,1,마당카드,1000,10,990\n"));
  await cashier.sees("import-proposal", "카드 정산 파일 같아요");
  await drop(page, "무엇.csv", Buffer.from("물건,값\n식빵,4200\n"));
  await cashier.sees("import-proposal", "알아보지 못했어요");
  await cashier.press("import-kind-menu");
  await cashier.sees("import-missing", "상품명, 가격");
  await cashier.seesState("import-start", "aria-disabled", "true");
  assert.deepEqual(await violations(page), [], "columns are missing");

  await cashier.press("import-kind-own");
  await cashier.at("import-toml").fill("name = ");
  await cashier.press("import-read-again");
  await cashier.sees("import-problem", "TOML");
  await cashier.at("import-toml").fill('name = "bread"\n[[columns]]\nname = "title"\nfrom = ["물건"]\ntype = "text"\nrequired = true\n[[columns]]\nname = "price"\nfrom = ["값"]\ntype = "money"\nrequired = true\n');
  await cashier.press("import-read-again");
  await cashier.seesState("import-column-price", "data-fit", "ok");
  assert.deepEqual(await violations(page), [], "a mapping of one's own");
  await cashier.press("import-start");
  await cashier.seesState("import-job", "data-outcome", "done");
  await cashier.sees("import-result", "1줄을 가져왔고");
});

/** So many rows that somebody can stop them on their way. */
const MANY = 8_000;
const MANY_MENU = Buffer.from(`item,title,price\n${Array.from({ length: MANY }, (_, row) => `M${row},Item ${row},1000\n`).join("")}`);
const PHONE = { width: 360, height: 740 };

scene("an import is stopped and goes on, on a phone and in English", { at: "/import", query: "lang=en", view: PHONE, allows: [/status of 409/] }, async ({ cashier, page, till }) => {
  await cashier.sees("import-zone");
  await drop(page, "many.csv", MANY_MENU);
  await cashier.sees("import-proposal", "CSV");
  await cashier.seesState("import-column-price", "data-fit", "ok");
  await fitsInWidth(page);
  assert.deepEqual(await violations(page), [], "a proposal on a phone");

  await cashier.press("import-start");
  await until("rows are written", async () => (await till.read("/api/shop")).items.some(({ title }) => title.ko === "Item 0"));
  await cashier.press("import-stop");
  await cashier.seesState("import-job", "data-outcome", "stopped");
  await fitsInWidth(page);
  assert.deepEqual(await violations(page), [], "stopped on a phone");
  const before = await imported(till);
  assert.ok(before > 0 && before < MANY, `${before} rows were written`);

  await cashier.press("import-start");
  await cashier.sees("import-known", "This import was stopped before");
  assert.deepEqual(await violations(page), [], "known on a phone");
  await cashier.press("import-go-on");
  await cashier.seesState("import-job", "data-outcome", "done");
  assert.equal(await imported(till), MANY);
  const { job } = await till.read("/api/import/work");
  assert.equal(job.progress.rows_written, MANY, "what was imported before it went on counts as well");
  await cashier.sees("import-history", "many.csv");
  await fitsInWidth(page);
});

scene("a till that dies in the middle of an import goes on with it", { at: "/import", allows: [/status of 4\d\d/, ...DEAD_TILL] }, async ({ cashier, page, till }) => {
  await drop(page, "많은 메뉴.csv", MANY_MENU);
  await cashier.sees("import-proposal", "CSV");
  await cashier.press("import-start");
  await until("rows are written", async () => (await till.read("/api/shop")).items.some(({ title }) => title.ko === "Item 0"));
  await till.kill();
  await cashier.sees("offline-banner");
  await till.openAgain();
  await cashier.seesNo("offline-banner");
  const before = await imported(till);
  assert.ok(before > 0 && before < MANY, `${before} rows were written`);

  await drop(page, "많은 메뉴.csv", MANY_MENU);
  await cashier.press("import-start");
  await cashier.sees("import-known", "가져오다 멈춘 파일이에요");
  await cashier.press("import-go-on");
  await cashier.seesState("import-job", "data-outcome", "done");
  assert.equal(await imported(till), MANY);
});

/** A title and a day above the header, which Excel has filled up with commas. */
const TITLED_MENU = Buffer.from("마당카페 메뉴표,,,,\r\n2026-11-22 출력,,,,\r\n메뉴코드,메뉴명,가격,분류,담당\r\nT-1,제목 아래 라떼,\"5,500원\",음료,김\r\nT-2,,4500,음료,김\r\n");

scene("titles above the header are passed over, and a person may say otherwise", { at: "/import", allows: [/status of 4\d\d/] }, async ({ cashier, page, till }) => {
  await drop(page, "제목 있는 메뉴.csv", TITLED_MENU);
  await cashier.sees("import-titles-passed", "2줄의 제목 아래 3번째 줄이 열 이름으로 보여요 · 제목은 건너뛰었어요");
  await cashier.seesState("import-kind-menu", "aria-checked", "true");
  await cashier.seesState("import-column-price", "data-fit", "ok");
  assert.equal(await cashier.at("import-skip-lines").inputValue(), "2");
  await cashier.sees("import-rows", "제목 아래 라떼");
  assert.deepEqual(await violations(page), [], "titles passed over");

  await cashier.at("import-skip-lines").fill("0");
  await cashier.press("import-skip-read");
  await cashier.sees("import-titles-found", "2줄의 제목 아래 3번째 줄이 열 이름으로 보여요");
  await cashier.seesNo("import-missing");
  await cashier.seesState("import-start", "aria-disabled", "true");
  assert.deepEqual(await violations(page), [], "titles found");
  await page.setViewportSize(PHONE);
  await fitsInWidth(page);
  await cashier.press("import-titles-pass");
  await cashier.seesNo("import-titles-found");
  await cashier.seesState("import-column-price", "data-fit", "ok");
  assert.equal(await cashier.at("import-skip-lines").inputValue(), "2");
  await fitsInWidth(page);
  assert.deepEqual(await violations(page), [], "titles passed over on a phone");

  await cashier.press("import-start");
  await cashier.sees("import-result", "2줄 가운데 1줄을 가져왔고 1줄은 거절했어요");
  await cashier.sees("import-refused", "5번째 줄");
  const { items } = await till.read("/api/shop");
  assert.equal(items.filter(({ title }) => title.ko === "제목 아래 라떼").length, 1);
  // The lines are part of what was imported: dropped again, it is the same.
  await drop(page, "제목 있는 메뉴.csv", TITLED_MENU);
  await cashier.sees("import-titles-passed");
  await cashier.press("import-start");
  await cashier.sees("import-known", "이미 가져온 파일이에요");
});

scene("a file that nobody knows is read below as many lines as a person says", { at: "/import", query: "lang=en", allows: [/status of 4\d\d/] }, async ({ cashier, page }) => {
  await drop(page, "titles.csv", Buffer.from(",Report,\nItem name,Cost,Kept by\nBread,4200\n"));
  await cashier.sees("import-problem", "column 1");
  await cashier.at("import-skip-lines").fill("1");
  await cashier.press("import-skip-read");
  await cashier.sees("import-proposal", "It was not recognised");
  await cashier.sees("import-proposal", "The first rows cannot be read");
  await cashier.sees("import-first-refused", "Bread,4200");
  assert.deepEqual(await violations(page), [], "the only row cannot be read");
});

async function imported(till) {
  const { items } = await till.read("/api/shop");
  return items.filter(({ title }) => title.ko.startsWith("Item ")).length;
}

/** Nothing stands out at the side, where nobody would find it. */
async function fitsInWidth(page) {
  const { content, view } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, view: document.documentElement.clientWidth }));
  assert.ok(content <= view, `${content} pixels in ${view}`);
}

async function seesRefused(cashier) {
  const refused = await cashier.sees("import-refused");
  const rows = await refused.locator("li").allTextContents();
  assert.equal(rows.length, 2);
  assert.match(rows[0], /4번째 줄.*메뉴명.*K-3,,4500/);
  assert.match(rows[1], /5번째 줄.*무료/);
}

/** Drops a file onto the page as a file manager does. */
async function drop(page, name, bytes) {
  const transfer = await page.evaluateHandle(
    ({ name, base64 }) => {
      const bytes = Uint8Array.from(window.atob(base64), (letter) => letter.charCodeAt(0));
      const transfer = new window.DataTransfer();
      transfer.items.add(new window.File([bytes], name));
      return transfer;
    },
    { name, base64: bytes.toString("base64") },
  );
  const zone = page.getByTestId("import-zone");
  await zone.dispatchEvent("dragover", { dataTransfer: transfer });
  await zone.dispatchEvent("drop", { dataTransfer: transfer });
}
