import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/** What this process holds once it is quiet; garbage is collected first where Node was started with --expose-gc. */
export async function residentBytes() {
  await setTimeout(500);
  globalThis.gc?.();
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1];
  return Number(kilobytes) * 1024;
}
