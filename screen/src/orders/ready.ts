/** Minutes that are one tap away. */
export const quickMinutes: readonly number[] = [10, 15, 20, 30, 45];

/** What an order is promised in when its guest named no time. */
const USUAL_MINUTES = 20;

/** The first quick choice that is not before the guest's own wish; the last one when the wish is later than all. */
export function suggestedMinutes(wantedAt: string | null | undefined, nowMs: number): number {
  const wantedMs = wantedAt == null ? NaN : Date.parse(wantedAt);
  if (Number.isNaN(wantedMs)) return USUAL_MINUTES;
  const minutes = Math.ceil((wantedMs - nowMs) / 60_000);
  return quickMinutes.find((quick) => quick >= minutes) ?? quickMinutes[quickMinutes.length - 1] ?? USUAL_MINUTES;
}

/** The minutes when they are none of the quick choices. */
export function ownMinutes(minutes: number): number | undefined {
  return quickMinutes.includes(minutes) ? undefined : minutes;
}
