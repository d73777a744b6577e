import { setTimeout as pause } from "node:timers/promises";

/** How long anything may take. Generous: a loaded machine is no reason to fail, and nothing is timed here. */
export const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 40;

/** Waits until `read` gives something that is not undefined or false, and gives that. */
export async function until(what, read) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await read();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(LOOK_AGAIN_MS);
  }
}
