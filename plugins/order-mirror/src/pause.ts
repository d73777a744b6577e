const PAUSE_MS_FIRST = 2_000;
/** Long enough for a server that is down for the night, short enough that its return is noticed. */
const PAUSE_MS_MAX = 5 * 60_000;

/**
 * How long to leave the server alone after `failures` in a row: twice as long each time, and between half and all of it, so that the
 * tills of a chain do not come back in the same second. What the server itself asks for is kept to.
 */
export function pauseMs(failures: number, askedForMs: number | undefined, random: number): number {
  const grown = Math.min(PAUSE_MS_FIRST * 2 ** (failures - 1), PAUSE_MS_MAX);
  return Math.max(Math.round(grown * (0.5 + random / 2)), Math.min(askedForMs ?? 0, PAUSE_MS_MAX));
}

/** `Retry-After` in seconds, as milliseconds; its form with a date is rare and left to our own pause. */
export function retryAfterMs(headers: [string, string][]): number | undefined {
  const value = headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1];
  return value !== undefined && /^\d+$/.test(value) ? Number(value) * 1_000 : undefined;
}
