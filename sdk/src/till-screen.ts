import { callEach, Handlers, type Client } from "./client.js";
import { createCallbackId } from "./callback-id.js";

/** A toast with an optional button. */
export interface ToastOptions {
  message: string;
  button?: ToastButton;
}

/** A button on a toast. */
export interface ToastButton {
  text: string;
  onClick: () => void;
}

/** Short notices on the till's screen. Permission `toast = ["show"]`. Never fail and are never answered. */
export interface ToastTypes {
  /** @example posPluginSdk.toast.open("안녕하세요"); */
  open(message: string): void;
  /** @example posPluginSdk.toast.success({ message: "적립했습니다" }); */
  success(o: ToastOptions): void;
  /** @example posPluginSdk.toast.error({ message: "보내지 못했습니다", button: { text: "다시", onClick: () => void send() } }); */
  error(o: ToastOptions): void;
  /** @example posPluginSdk.toast.warn({ message: "재고가 적습니다" }); */
  warn(o: ToastOptions): void;
  /**
   * Any toast of this plugin was tapped; the event's name does not matter. Many handlers; gives the function that removes this one.
   * @example const stop = posPluginSdk.toast.on("click", () => console.log("tapped"));
   */
  on(event: string, cb: () => void): () => boolean;
}

/** Alerts. Permission `ui = ["alert"]`. */
export interface AlertTypes {
  /**
   * Opens an alert; what it takes is the till's to say.
   * @example posPluginSdk.alert.open({ title: "확인", message: "픽업 주문이 왔습니다" });
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- handed to the till as it is
  open(options: any): void;
}

/** Sounds. Permission `ui = ["sound"]`. */
export interface SoundTypes {
  /**
   * Plays a sound; what it takes is the till's to say.
   * @example posPluginSdk.sound.play({ name: "bell" });
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- handed to the till as it is
  play(options: any): void;
}

/** Moving between the till's pages. Permission `ui = ["navigate"]`. */
export interface Navigation {
  /** @example posPluginSdk.navigation.navigate("business-type-setting"); */
  navigate(page: "business-type-setting"): void;
  /** @example posPluginSdk.navigation.navigate("plugin-tab", "queue-board"); */
  navigate(page: "plugin-tab", packageName: string): void;
}

/** Keeping the screen on. Permission `power-saver = ["block"]`. */
export interface PowerSaverTypes {
  /** @example await posPluginSdk.powerSaver.startBlocking(); */
  startBlocking(): Promise<void>;
  /** @example await posPluginSdk.powerSaver.stopBlocking(); */
  stopBlocking(): Promise<void>;
  /** @example const on = await posPluginSdk.powerSaver.isBlocked(); */
  isBlocked(): Promise<boolean>;
}

/** Codes from the scanner. */
export interface BarcodeApi {
  /**
   * A code was scanned at the till. A second call replaces the first. Permission `barcode = ["scan"]`.
   * @example posPluginSdk.barcode.on("scan", (code) => console.log(code));
   */
  on(event: "scan", cb: (barcode: string) => void): void;
  /**
   * Hands a code to the till as if it had been scanned. Permission `barcode = ["send"]`.
   * @example await posPluginSdk.barcode.send("8801234567890");
   */
  send(barcode: string): Promise<void>;
  /**
   * In a page: hands what a scanner types into it to the till, as `send` does. Nothing in a worker, which has no keyboard.
   * Permission `barcode = ["send"]`.
   * @example posPluginSdk.barcode.useBarcodeScan();
   */
  useBarcodeScan(): void;
  /** @example posPluginSdk.barcode.unUseBarcodeScan(); */
  unUseBarcodeScan(): void;
}

/** Handlers of buttons that are kept: a till shows a few toasts at a time and never says when one is gone. */
const TOAST_BUTTONS_MAX = 100;

/** @internal */
export function createToast(client: Client): ToastTypes {
  const taps = new Set<{ cb: () => void }>();
  const buttons = new Map<unknown, () => void>();
  client.onEvent("toast.click", () => callEach(taps, ({ cb }) => cb()));
  client.onEvent("toast.button.click", (data) => buttons.get(data["id"])?.());

  const shown = ({ text, onClick }: ToastButton) => {
    const id = createCallbackId();
    keepNewest(buttons, id, onClick);
    return { id, text };
  };
  const open = (level: "error" | "warn" | "success", { message, button }: ToastOptions) => {
    client.send("toast.open", { message, level, ...(button && { button: shown(button) }) }, 2);
  };
  return {
    open: (message) => client.send("toast.open", { message }),
    success: (options) => open("success", options),
    error: (options) => open("error", options),
    warn: (options) => open("warn", options),
    on(_event, cb) {
      const tap = { cb };
      taps.add(tap);
      return () => taps.delete(tap);
    },
  };
}

function keepNewest(buttons: Map<unknown, () => void>, id: string, onClick: () => void): void {
  buttons.set(id, onClick);
  const [oldest] = buttons.keys();
  if (buttons.size > TOAST_BUTTONS_MAX) buttons.delete(oldest);
}

/** @internal */
export function createAlert(client: Client): AlertTypes {
  return { open: (options) => client.send("alert.open", options) };
}

/** @internal */
export function createSound(client: Client): SoundTypes {
  return { play: (options) => client.send("sound.play", options) };
}

/** @internal */
export function createNavigation(client: Client): Navigation {
  return {
    navigate(page: string, packageName?: string) {
      if (page === "business-type-setting") client.send("navigation.navigate", { page });
      else if (page === "plugin-tab") client.send("navigation.navigate", { page, packageName });
      else console.warn(`navigation.navigate: there is no page '${page}'; it is "business-type-setting" or "plugin-tab"`);
    },
  };
}

/** @internal */
export function createPowerSaver(client: Client): PowerSaverTypes {
  return {
    async startBlocking() {
      await client.request("power-saver.start-blocking.request", {});
    },
    async stopBlocking() {
      await client.request("power-saver.stop-blocking.request", {});
    },
    async isBlocked() {
      return (await client.request("power-saver.is-blocked.request", {}))["isBlocked"] === true;
    },
  };
}

/** @internal */
export function createBarcode(client: Client): BarcodeApi {
  const handlers = new Handlers<(barcode: string) => void>();
  client.onEvent("barcode.event", (data) => handlers.of("scan")?.(data["barcode"] as string));
  const send = async (barcode: string) => {
    await client.request("barcode.send.request", { barcode });
  };
  const keys = new ScannerKeys((barcode) => void send(barcode));
  return {
    on: (event, cb) => handlers.set(event, cb),
    send,
    useBarcodeScan: () => keys.start(),
    unUseBarcodeScan: () => keys.stop(),
  };
}

/** A scanner types a whole code and Enter within this; a person does not. */
const SCAN_MS_MAX = 1_500;

/** Gathers what a scanner types into a page. */
class ScannerKeys {
  #typed = "";
  #startedAt = 0;

  constructor(readonly scanned: (barcode: string) => void) {}

  start(): void {
    if (typeof document !== "undefined") document.addEventListener("keydown", this.#hear);
  }

  stop(): void {
    if (typeof document !== "undefined") document.removeEventListener("keydown", this.#hear);
    this.#typed = "";
  }

  readonly #hear = (event: KeyboardEvent): void => {
    if (isTyping(event.target)) return;
    if (this.#typed !== "" && event.timeStamp - this.#startedAt > SCAN_MS_MAX) this.#typed = "";
    if (event.key === "Enter") {
      if (this.#typed !== "") this.scanned(this.#typed);
      this.#typed = "";
    } else if (event.key.length === 1) {
      if (this.#typed === "") this.#startedAt = event.timeStamp;
      this.#typed += event.key;
    }
  };
}

/** Text that a person enters into a field is not a scan, except in a field made for scans. */
function isTyping(target: EventTarget | null): boolean {
  const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  return isField && !target.classList.contains("barcode-input");
}
