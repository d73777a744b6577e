import { posPluginSdk } from "@madang/pos-plugin-sdk";

// A plugin that never gives the turn back: the till must sell on without it.
posPluginSdk.order.on("add", () => {
  for (;;);
});
