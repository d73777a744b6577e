import { createCatalog, createCategory, createOption, type Catalog, type CategoryApi, type MenuOption } from "./catalog.js";
import type { HostChannel } from "./channel.js";
import { Client } from "./client.js";
import { createDraftOrder, type DraftOrder } from "./draft-order.js";
import { createDevice, createMerchant, createPlugin, type Device, type Merchant, type Plugin } from "./identity.js";
import { createKdsOrder, type KdsOrder } from "./kitchen.js";
import { createHttp, createWebsocket, type HttpTypes, type WebsocketTypes } from "./network.js";
import { createOrder, type Order } from "./orders.js";
import {
  createCashReceipt,
  createPayment,
  createPaymentMethod,
  type CashReceipt,
  type Payment,
  type PaymentMethodApi,
} from "./payments.js";
import { createError, createPluginUnicast, type ErrorApi, type PluginUnicastTypes } from "./plugins.js";
import { createSetting, type SettingTypes } from "./settings.js";
import { createSecureStore, createStorage, type SecureStore, type StorageTypes } from "./storage.js";
import { createTable, type Table } from "./tables.js";
import {
  createAlert,
  createBarcode,
  createNavigation,
  createPowerSaver,
  createSound,
  createToast,
  type AlertTypes,
  type BarcodeApi,
  type Navigation,
  type PowerSaverTypes,
  type SoundTypes,
  type ToastTypes,
} from "./till-screen.js";
import { createUi, type Ui } from "./ui.js";

/** Everything a plugin can ask of its till. */
export interface PosPluginSdk {
  alert: AlertTypes;
  storage: StorageTypes;
  secureStore: SecureStore;
  table: Table;
  category: CategoryApi;
  catalog: Catalog;
  option: MenuOption;
  cashReceipt: CashReceipt;
  order: Order;
  payment: Payment;
  http: HttpTypes;
  toast: ToastTypes;
  device: Device;
  merchant: Merchant;
  paymentMethod: PaymentMethodApi;
  websocket: WebsocketTypes;
  barcode: BarcodeApi;
  plugin: Plugin;
  draftOrder: DraftOrder;
  error: ErrorApi;
  setting: SettingTypes;
  powerSaver: PowerSaverTypes;
  sound: SoundTypes;
  kdsOrder: KdsOrder;
  pluginUnicast: PluginUnicastTypes;
  navigation: Navigation;
}

/** The SDK over one channel; `undefined` gives one whose every call says that no till is listening. */
export function createSdk(channel: HostChannel | undefined): { posPluginSdk: PosPluginSdk; ui: Ui } {
  const client = new Client(channel);
  const ui = createUi(client);
  const plugin = createPlugin(client);
  const posPluginSdk: PosPluginSdk = {
    alert: createAlert(client),
    storage: createStorage(client),
    secureStore: createSecureStore(client),
    table: createTable(client),
    category: createCategory(client),
    catalog: createCatalog(client, ui),
    option: createOption(client),
    cashReceipt: createCashReceipt(client),
    order: createOrder(client),
    payment: createPayment(client),
    http: createHttp(client),
    toast: createToast(client),
    device: createDevice(client),
    merchant: createMerchant(client),
    paymentMethod: createPaymentMethod(client, ui),
    websocket: createWebsocket(client),
    barcode: createBarcode(client),
    plugin,
    draftOrder: createDraftOrder(client),
    error: createError(client),
    setting: createSetting(client),
    powerSaver: createPowerSaver(client),
    sound: createSound(client),
    kdsOrder: createKdsOrder(client),
    pluginUnicast: createPluginUnicast(client, plugin),
    navigation: createNavigation(client),
  };
  if (client.connected) introduce(plugin);
  return { posPluginSdk, ui };
}

/** The first message of every plugin: tills take it as the sign that the script has come up. */
function introduce(plugin: Plugin): void {
  plugin.getPluginInfo().catch((error: unknown) => console.error(error));
}
