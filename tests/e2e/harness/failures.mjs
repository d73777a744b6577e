import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where a scene that fails leaves a picture of the screen and what the till printed. */
export const FAILURES = fileURLToPath(new URL("../failures", import.meta.url));

export async function keepTraces(name, { page, till, complaints }) {
  mkdirSync(FAILURES, { recursive: true });
  const path = join(FAILURES, name.replaceAll(/[^\p{L}\p{N}]+/gu, "-"));
  writeFileSync(`${path}.txt`, [till?.printed ?? "", ...(complaints?.() ?? [])].join("\n"));
  // The page may be what failed.
  await page?.screenshot({ path: `${path}.png` }).catch(() => undefined);
}
