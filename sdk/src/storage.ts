import type { Client } from "./client.js";

/** Text kept by the till for this plugin, across restarts. Permission `storage = ["use"]`. Retried up to three times when no answer comes. */
export interface StorageTypes {
  /**
   * The text under `key`, `undefined` when there is none.
   * @example const stamps = Number((await posPluginSdk.storage.get("stamps")) ?? "0");
   */
  get(key: string): Promise<string | undefined>;
  /**
   * Keeps `value` under `key`; when it resolves the text is on disk. Rejects when the plugin's space is full.
   * @example await posPluginSdk.storage.set("stamps", String(stamps));
   */
  set(key: string, value: string): Promise<void>;
  /**
   * Forgets `key`; one that was never kept is fine.
   * @example await posPluginSdk.storage.del("stamps");
   */
  del(key: string): Promise<void>;
}

/** The same for secrets, sealed at rest. Permission `secure-store = ["use"]`. */
export interface SecureStore {
  /** @example const token = await posPluginSdk.secureStore.get("token"); */
  get(key: string): Promise<string | undefined>;
  /** @example await posPluginSdk.secureStore.set("token", token); */
  set(key: string, value: string): Promise<void>;
  /** @example await posPluginSdk.secureStore.del("token"); */
  del(key: string): Promise<void>;
}

/** @internal */
export function createStorage(client: Client): StorageTypes {
  return keptUnder(client, "storage");
}

/** @internal */
export function createSecureStore(client: Client): SecureStore {
  return keptUnder(client, "secure-store");
}

function keptUnder(client: Client, store: string): StorageTypes {
  return {
    async get(key) {
      const { value } = await client.request(`${store}.get.request`, { key }, { retry: true });
      return typeof value === "string" ? value : undefined;
    },
    async set(key, value) {
      await client.request(`${store}.set.request`, { key, value }, { retry: true });
    },
    async del(key) {
      await client.request(`${store}.delete.request`, { key }, { retry: true });
    },
  };
}
