import { chromium } from "playwright-core";
import { PATIENCE_MS } from "./until.mjs";

/** Debian's, or another that is named. */
export const CHROMIUM = process.env.CHROMIUM ?? process.env.MADANG_CHROMIUM ?? "/usr/bin/chromium";

// Nothing of it may look for the outside: it would wait for a network that is closed to tests.
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export function openBrowser() {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** A page of its own profile, and what it complained about. */
export async function openPage(browser, address, { view = { width: 1280, height: 800 } } = {}) {
  // Neither the browser's zone nor its language is the shop's: the till says which they are.
  const context = await browser.newContext({ viewport: view, locale: "ko-KR", timezoneId: "America/New_York", reducedMotion: "reduce" });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  await page.addInitScript(() => {
    globalThis.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  await page.goto(address);
  return { page, complaints };
}
