import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // The sources, so that the tests need no build.
  resolve: { alias: { "@madang/pos-plugin-sdk": fileURLToPath(new URL("../../sdk/src/index.ts", import.meta.url)) } },
});
