/**
 * Typed client for plugins of a point-of-sale till.
 *
 * Every call is one message to the till and, where there is one, its answer. A refusal rejects with
 * {@link PosPluginSdkError}; no answer within 30 s rejects with {@link PosPluginSdkTimeoutError}. What a plugin may call is
 * stated in its `plugin.toml`, in the words that each method names as its permission.
 */
import { findHostChannel } from "./channel.js";
import { createSdk } from "./sdk.js";

const sdk = createSdk(findHostChannel());

/** The till. */
export const posPluginSdk = sdk.posPluginSdk;
/** Windows on the till's screen. */
export const ui = sdk.ui;
/** The same as `posPluginSdk.draftOrder`. */
export const draftOrder = posPluginSdk.draftOrder;
/** The same as `posPluginSdk.plugin`. */
export const plugin = posPluginSdk.plugin;
/** The same as `posPluginSdk.pluginUnicast`. */
export const pluginUnicast = posPluginSdk.pluginUnicast;

export { createCallbackId } from "./callback-id.js";
export { PosPluginSdkError, PosPluginSdkRateLimitError, PosPluginSdkTimeoutError } from "./errors.js";
export { Websocket } from "./network.js";
export type { PosPluginSdk } from "./sdk.js";

export type * from "./catalog.js";
export type * from "./common.js";
export type * from "./draft-order.js";
export type * from "./identity.js";
export type * from "./kitchen.js";
export type * from "./network.js";
export type * from "./orders.js";
export type * from "./payments.js";
export type * from "./plugins.js";
export type * from "./settings.js";
export type * from "./storage.js";
export type * from "./tables.js";
export type * from "./till-screen.js";
export type * from "./ui.js";
