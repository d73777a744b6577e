import axe from "axe-core";

/** What weighs enough to keep somebody from using the screen. */
const WEIGHTS = ["serious", "critical"];

/** What axe-core finds wrong with the page as it stands, one line each. Evaluated through the debugger: the page's own policy lets no script in. */
export async function violations(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => window.axe.run(window.document, { resultTypes: ["violations"] }));
  return found.violations
    .filter(({ impact }) => WEIGHTS.includes(impact))
    .flatMap(({ id, impact, nodes }) => nodes.map(({ target, failureSummary }) => `${impact} ${id} at ${target.join(" ")}: ${failureSummary.split("\n").slice(1).join(";").trim()}`));
}
