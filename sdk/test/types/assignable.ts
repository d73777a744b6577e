// Compiled, never run: that it compiles is the proof. Methods written in short form are compared loosely by TypeScript (either
// parameter may be the wider one), so every method is first taken apart.
import type * as reference from "@tossplace/pos-plugin-sdk";
import type * as ours from "../../src/index.js";

/** A method as its parameters and its result, each compared both ways. Of an overloaded one the last form. */
type Signature<F> = F extends (...args: infer A) => infer R ? [takes: (args: A) => void, gives: R] : F;
// Twice the same: TypeScript compares two uses of one alias by their arguments alone, and so loosely again.
export type StrictReference<T> = { [M in keyof T]: Signature<T[M]> };
export type StrictOurs<T> = { [M in keyof T]: [Signature<T[M]>][0] };
/** `true` when each is assignable to the other, with the very same members. */
export type BothWays<A, B> = [A, keyof A] extends [B, keyof B] ? ([B, keyof B] extends [A, keyof A] ? true : false) : false;

type OfReference = { [N in keyof reference.PosPluginSdk]: StrictReference<reference.PosPluginSdk[N]> };
type OfOurs = { [N in keyof ours.PosPluginSdk]: StrictOurs<ours.PosPluginSdk[N]> };
type Namespaces = keyof OfReference & keyof OfOurs;
type NamespacesBothWays = { [N in Namespaces]: BothWays<OfReference[N], OfOurs[N]> };

const everyNamespace: { [N in keyof reference.PosPluginSdk]: true } = {
  alert: true,
  storage: true,
  secureStore: true,
  table: true,
  category: true,
  catalog: true,
  option: true,
  cashReceipt: true,
  order: true,
  payment: true,
  http: true,
  toast: true,
  device: true,
  merchant: true,
  paymentMethod: true,
  websocket: true,
  barcode: true,
  plugin: true,
  draftOrder: true,
  error: true,
  setting: true,
  powerSaver: true,
  sound: true,
  kdsOrder: true,
  pluginUnicast: true,
  navigation: true,
};
export const namespaces: NamespacesBothWays = everyNamespace;
export const sameNamespaces: BothWays<keyof reference.PosPluginSdk, keyof ours.PosPluginSdk> = true;
export const sameUi: BothWays<StrictReference<reference.Ui>, StrictOurs<ours.Ui>> = true;
export const sameSocket: BothWays<StrictReference<reference.Websocket>, StrictOurs<ours.Websocket>> = true;
export const sameCallbackId: BothWays<typeof reference.createCallbackId, typeof ours.createCallbackId> = true;

declare const theirs: typeof reference;
declare const own: typeof ours;
/** Whole values, overloads of `on` included. */
export const overloads: [ours.PosPluginSdk, reference.PosPluginSdk, ours.Ui, reference.Ui] = [
  theirs.posPluginSdk,
  own.posPluginSdk,
  theirs.ui,
  own.ui,
];
/** Every value a plugin may import, by name. Ours has more: an error for timeouts. */
export const module: typeof reference = own;

// What is thrown need not come from the class that the plugin names, only look like it.
/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment */
export const error: reference.PosPluginSdkError = new own.PosPluginSdkError("refused");
export const limited: reference.PosPluginSdkRateLimitError = new own.PosPluginSdkRateLimitError("too often");

/** Every type name a plugin may import, both ways. */
type Named = [
  [reference.PluginCatalogItem, ours.PluginCatalogItem],
  [reference.PluginCatalogCategory, ours.PluginCatalogCategory],
  [reference.PluginCatalogItemOption, ours.PluginCatalogItemOption],
  [reference.PluginHall, ours.PluginHall],
  [reference.PluginTable, ours.PluginTable],
  [reference.PluginOrder, ours.PluginOrder],
  [reference.PluginOrderDto, ours.PluginOrderDto],
  [reference.PluginPayment, ours.PluginPayment],
  [reference.PluginPaymentDto, ours.PluginPaymentDto],
  [reference.PluginPaymentDto<"EXTERNAL">, ours.PluginPaymentDto<"EXTERNAL">],
  [reference.PluginDraftOrder, ours.PluginDraftOrder],
  [reference.PluginDraftOrderItemDto, ours.PluginDraftOrderItemDto],
  [reference.PluginKdsOrderItem, ours.PluginKdsOrderItem],
  [reference.PluginHttpRequest, ours.PluginHttpRequest],
  [reference.PluginHttpResponse, ours.PluginHttpResponse],
  [reference.PluginInputs, ours.PluginInputs],
  [reference.CtaInput, ours.CtaInput],
  [reference.DeviceInfo, ours.DeviceInfo],
  [reference.TossMerchant, ours.TossMerchant],
];
type EachBothWays<T extends readonly (readonly [unknown, unknown])[]> = { [I in keyof T]: BothWays<T[I][0], T[I][1]> };
export const names: EachBothWays<Named> = [
  true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true,
];
