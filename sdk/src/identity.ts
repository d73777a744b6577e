import type { Client, Data } from "./client.js";

/** The shop. */
export interface TossMerchant {
  id: number;
  name: string;
  serialNumber: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tills tell more about their shop
  [k: string]: any;
}

/** The till the plugin runs on. */
export interface DeviceInfo {
  name: string;
  version: string;
  platform: string;
  arch: string;
  serialNumber: string;
  /** Windows and macOS only. */
  osVersion?: string;
  /** How the shop sells. */
  businessType:
    | {
        business: { type: "CAFE" | "RESTAURANT" };
        operation: { payment: { type: "PAY_FIRST" | "PAY_LATER" }; table: { enabled: boolean }; booking: { enabled: boolean } };
      }
    | {
        business: { type: "RETAIL" | "SERVICE" };
        operation: { payment: { type: "PAY_FIRST" }; table: { enabled: false }; booking: { enabled: boolean } };
      };
}

/** The shop. */
export interface Merchant {
  /**
   * The shop's number and name, asked once and kept. Permission `merchant = ["read"]`. Asked again up to three times when no
   * answer comes.
   * @example const { name } = await posPluginSdk.merchant.getMerchant();
   */
  getMerchant(): Promise<TossMerchant>;
}

/** The till. */
export interface Device {
  /**
   * What the till is and how the shop sells, asked once and kept. Permission `device = ["read"]`.
   * @example const { businessType } = await posPluginSdk.device.getDeviceInfo();
   */
  getDeviceInfo(): Promise<DeviceInfo>;
}

/** The plugin itself. */
export interface Plugin {
  /**
   * The plugin's own name and version, asked at import and kept. Needs no permission.
   * @example const { name, version } = await posPluginSdk.plugin.getPluginInfo();
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the till's answer as it came
  getPluginInfo(): Promise<{ name: string; version: string; [k: string]: any }>;
}

/** @internal */
export function createMerchant(client: Client): Merchant {
  return { getMerchant: askedOnce(client, "merchant.info.request", "merchant.getMerchant", (answer) => answer["merchant"] as TossMerchant) };
}

/** @internal */
export function createDevice(client: Client): Device {
  return { getDeviceInfo: askedOnce(client, "device.info.request", "device.getDeviceInfo", (answer) => answer["device"] as DeviceInfo) };
}

/** @internal */
export function createPlugin(client: Client): Plugin {
  return {
    getPluginInfo: askedOnce(client, "plugin.info.request", "plugin.getPluginInfo", (answer) => answer as Data & { name: string; version: string }),
  };
}

/** Calls at the same time share one request; an answer is kept, a failure is not. */
function askedOnce<T>(client: Client, name: string, limitedAs: string, read: (answer: Data) => T): () => Promise<T> {
  let answered: Promise<T> | undefined;
  return () => {
    if (answered === undefined) {
      const asked = client.request(name, {}, { retry: true, limitedAs }).then(read);
      answered = asked;
      asked.catch(() => (answered = undefined));
    }
    return answered;
  };
}
