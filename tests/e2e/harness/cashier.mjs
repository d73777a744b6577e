import { until } from "./until.mjs";

/** Items and choices of the sample café, as their tiles are called. */
export const CAFE = {
  americano: 101, latte: 102, saltBread: 113, redBeanButter: 115, banana: 127, book: 129,
  iced: 102, large: 202, shot: 301, oatMilk: 503, butter: 802,
};

/** Somebody at the till: does what a person does, and sees what a person sees. */
export class Cashier {
  constructor(page) {
    this.page = page;
  }

  /** What is called so. */
  at(id) {
    return this.page.getByTestId(id);
  }

  press(id) {
    return this.at(id).first().click();
  }

  /** Waits until something that is called so is there, with the text when one is given. */
  async sees(id, text) {
    const seen = text === undefined ? this.at(id) : this.at(id).filter({ hasText: text });
    await seen.first().waitFor();
    return seen.first();
  }

  /** Waits until nothing called so is there. */
  async seesNo(id) {
    await this.at(id).first().waitFor({ state: "detached" });
  }

  /** Whether a finger left of its middle would touch it. */
  isUncovered(id) {
    return this.at(id).evaluate((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return element.contains(element.ownerDocument.elementFromPoint(x + width / 4, y + height / 2));
    });
  }

  /** Waits until an attribute is as expected. */
  async seesState(id, name, value) {
    await this.page.locator(`[data-testid="${id}"][${name}="${value}"]`).first().waitFor();
  }

  /** Taps an item; of what is asked with it, takes these choices, each as often as it is named. */
  async tap(item, choices = []) {
    await this.press(`menu-tile-${item}`);
    if (!(await this.#asksOptions(item))) return;
    for (const choice of choices) {
      const more = this.at(`choice-${choice}-more`);
      await ((await more.count()) > 0 ? more : this.at(`choice-${choice}`)).click();
    }
    await this.press("option-add");
    await this.seesNo("option-sheet");
  }

  /** The cart becomes an order, and its payment is open. */
  async checkOut() {
    await this.press("pay-open");
    await this.sees("payment");
    return this.orderId();
  }

  orderId() {
    return new URL(this.page.url()).pathname.split("/").at(-1);
  }

  /** Pays all that is left by card, with the outcome chosen. */
  async payByCard(outcome = "approved") {
    await this.press("method-card");
    await this.press(`outcome-${outcome}`);
  }

  async payInCash(won) {
    await this.press("method-cash");
    for (const key of String(won)) await this.press(`key-${key}`);
    await this.press("cash-confirm");
  }

  /** The sale is done; touching the screen keeps it there. */
  async seesDone(amount) {
    const shown = await this.sees("done-amount", amount);
    await shown.click();
  }

  /** The lines of the paper, words and figure of each with one space between. */
  async receipt() {
    await this.sees("receipt");
    return this.at("receipt").locator("h4, p").evaluateAll((lines) =>
      lines.map((line) => (line.children.length === 0 ? [line] : [...line.children]).map((part) => part.textContent.trim()).filter((text) => text !== "").join(" ")),
    );
  }

  /** Waits for words in a toast. */
  toast(text) {
    return this.sees("toast", text);
  }

  async openDrawer(plugin = "") {
    if ((await this.at("cockpit").count()) === 0) await this.page.keyboard.press("`");
    await this.sees("cockpit");
    if (plugin !== "") await this.at(`plugin-${plugin}`).getByRole("button").first().click();
  }

  /** Passes a barcode over the scanner: keys 2 ms apart and Enter, as a keyboard wedge sends them. */
  async scan(code) {
    // Keys that come before the page has the focus go nowhere, as with a real scanner and another window in front.
    await this.page.bringToFront();
    await this.page.waitForFunction(() => document.hasFocus());
    const wedge = await this.page.context().newCDPSession(this.page);
    const begun = Date.now() / 1_000;
    const strokes = [...code].map((key) => ({ key, text: key })).concat({ key: "Enter", text: "\r" });
    for (const [index, stroke] of strokes.entries()) {
      const timestamp = begun + index * 0.002;
      await wedge.send("Input.dispatchKeyEvent", { type: "keyDown", ...stroke, timestamp });
      await wedge.send("Input.dispatchKeyEvent", { type: "keyUp", key: stroke.key, timestamp });
    }
    await wedge.detach();
  }

  /** Some items ask for options first; the others are in the cart at once. */
  #asksOptions(item) {
    return until(`item ${item} is in the cart or asks for options`, async () => {
      if (await this.at("option-sheet").isVisible()) return "asks";
      return (await this.at(`cart-line-${item}`).count()) > 0 ? "added" : undefined;
    }).then((is) => is === "asks");
  }
}
