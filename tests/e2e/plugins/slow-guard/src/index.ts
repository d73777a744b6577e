import { posPluginSdk } from "@madang/pos-plugin-sdk";

const SLOW_MS = 1_800;

// A guard that has nothing against a refund, and takes its time to say so.
posPluginSdk.payment.on("before-cancel", async () => {
  await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
});
