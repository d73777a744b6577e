import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openBrowser, openPage } from "./browser.mjs";
import { Cashier } from "./cashier.mjs";
import { keepTraces } from "./failures.mjs";
import { Terminal } from "./terminal.mjs";
import { playInto, Till } from "./till.mjs";

const SCENE_MS_MAX = 120_000;
let browser;

/** The path of a sample plugin. */
export const sample = (name) => `plugins/${name}`;

/**
 * A test with a till, its data folder, a page on it, and somebody at the page. A page that complains in any way fails it,
 * unless the scene brings the complaint about and names it in `allows`. What is `played` has happened before the till is opened.
 */
export function scene(name, setting, play) {
  test(name, { timeout: SCENE_MS_MAX }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "madang-e2e-"));
    const stage = { folder, closing: [] };
    try {
      await open(stage, setting);
      await play(stage);
      assert.deepEqual(stage.complaints().filter((text) => !(setting.allows ?? []).some((allowed) => allowed.test(text))), [], "the page complained");
    } catch (error) {
      await keepTraces(name, stage);
      throw error;
    } finally {
      for (const close of stage.closing.reverse()) await close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

async function open(stage, { plugins = [], shop, flags = [], terminal, at, query, view, played }) {
  const { folder, closing } = stage;
  if (terminal !== undefined) {
    stage.terminal = await Terminal.open({ book: join(folder, "terminal.book"), ...terminal });
    closing.push(() => stage.terminal.close());
    flags = [...flags, "--terminal", stage.terminal.address];
  }
  if (played !== undefined) playInto(join(folder, "data"), played);
  const paths = typeof plugins === "function" ? plugins(folder) : plugins;
  stage.till = await Till.open({ plugins: paths, shop, flags, data: join(folder, "data") });
  closing.push(() => stage.till.close());
  browser ??= await openBrowser();
  const pages = [];
  stage.complaints = () => pages.flatMap(({ complaints }) => complaints);
  stage.newPage = async (path, search) => {
    const opened = await openPage(browser, stage.till.page(path, search), { view });
    pages.push(opened);
    closing.push(() => opened.page.context().close());
    return new Cashier(opened.page);
  };
  stage.cashier = await stage.newPage(at, query);
  stage.page = stage.cashier.page;
}

after(() => browser?.close());
