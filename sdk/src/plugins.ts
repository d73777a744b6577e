import { callEach, type Client } from "./client.js";
import { messageOf } from "./errors.js";
import type { Plugin } from "./identity.js";

/** Messages between the plugins of one till. */
export interface PluginUnicastTypes {
  /**
   * Sends to the plugin named `to`; whether it runs, or heard, is not told. Permission `unicast = ["send"]`.
   * @example posPluginSdk.pluginUnicast.send({ orderId }, "queue-board");
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- plugins agree on their own messages
  send<T = any>(message: T, to: string): void;
  /**
   * Messages to this plugin. Many handlers; gives the function that removes this one. Permission `unicast = ["receive"]`.
   * @example const stop = posPluginSdk.pluginUnicast.listen("message", (message, from) => console.log(from, message));
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- plugins agree on their own messages
  listen<T = any>(event: "message", cb: (message: T, from: string) => void): () => boolean;
}

/** Script errors that nothing caught. */
export interface ErrorApi {
  /**
   * Tells the plugin of its own errors, instead of the till. Needs no permission.
   * @example posPluginSdk.error.addErrorListener((error) => posPluginSdk.toast.open(error.message));
   */
  addErrorListener(cb: (error: Error) => void): void;
}

/** @internal */
export function createPluginUnicast(client: Client, plugin: Plugin): PluginUnicastTypes {
  const listeners = new Set<{ cb: (message: never, from: string) => void }>();
  client.onEvent("plugin.unicast.event", ({ from, to, message }) => {
    void plugin.getPluginInfo().then(({ name }) => {
      if (to === name) callEach(listeners, ({ cb }) => cb(message as never, from as string));
    });
  });
  return {
    send(message, to) {
      // The till is told who speaks, so a message waits until the plugin knows its own name.
      plugin.getPluginInfo().then(
        ({ name }) => client.send("plugin.unicast.send", { from: name, to, message }),
        (error: unknown) => console.error(`pluginUnicast.send to '${to}': ${messageOf(error)}`),
      );
    },
    listen(_event, cb) {
      const listener = { cb };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** @internal */
export function createError(client: Client): ErrorApi {
  return { addErrorListener: (cb) => client.onScriptError(cb) };
}
