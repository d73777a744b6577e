import type { Client, Data } from "./client.js";
import type { CtaInput, PluginInputs } from "./settings.js";

/** A scanned code, or that staff closed the window. */
export type BarcodeResult = { result: "SUCCESS"; barcode: string } | { result: "CANCELLED" };
/** What staff entered, by input id. */
export type InputModalResult =
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the value's type follows its input
  | { result: "SUCCESS"; inputs: Record<string, any> }
  | { result: "CANCELLED" }
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the value's type follows its input
  | { result: string; inputs?: Record<string, any> };

/** Windows on the till's screen. Permission `ui = ["popup"]`. They wait for staff up to 24 hours. */
export interface Ui {
  /**
   * Asks staff to scan a code. Rejects when the till shows no window.
   * @example const scan = await ui.openBarcode({ productName: "쿠폰" });
   */
  openBarcode(o: { productName: string }): Promise<BarcodeResult>;
  /**
   * Asks staff to fill in a form.
   * @example const answer = await ui.openInputModal({ title: "전화번호", inputs, cta: { submit: { type: "cta", id: "ok", text: "확인", ctaType: "primary" } } });
   */
  openInputModal(o: {
    title: string;
    description?: string;
    inputs: PluginInputs[];
    cta: { submit: CtaInput; cancel?: CtaInput };
  }): Promise<InputModalResult>;
}

/** A window may stay open over a whole shift. */
const POPUP_TIMEOUT_MS = 24 * 60 * 60 * 1_000;

/** @internal */
export function createUi(client: Client): Ui {
  const open = async (popup: Data) => (await client.request("popup.request", popup, { timeoutMs: POPUP_TIMEOUT_MS }))["data"];
  return {
    async openBarcode({ productName }) {
      return (await open({ type: "barcode", productName })) as BarcodeResult;
    },
    async openInputModal({ title, description, inputs, cta }) {
      return (await open({ type: "input", title, description, inputs, cta })) as InputModalResult;
    },
  };
}
