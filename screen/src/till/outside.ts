import type { FaultKind, NetworkPlan, Upstream, UpstreamsUpdate } from '../api/types';
import type { Word } from '../words';

/** How a server is, for who looks at the strip. */
export type OutsideState = 'fine' | 'failing' | 'trying' | 'broken' | 'heldBack' | 'letThrough';

/** A breaker's state as people call it; one that is closed while its newest call failed is not fine. */
export function stateOf(upstream: Upstream): OutsideState {
  switch (upstream.breaker) {
    case 'closed':
      return upstream.is_failing ? 'failing' : 'fine';
    case 'open':
      return 'broken';
    case 'half_open':
      return 'trying';
    case 'isolated':
      return 'heldBack';
    case 'forced_closed':
      return 'letThrough';
  }
}

export const isTrouble = (state: OutsideState): boolean => state !== 'fine' && state !== 'letThrough';

/** The worst first; what a person decided is no worse than what the server did. */
const byWeight: OutsideState[] = ['broken', 'failing', 'trying', 'heldBack', 'letThrough', 'fine'];

/** How the way out is as a whole; nothing where no server was called. */
export function worstOf(upstreams: readonly Upstream[]): OutsideState | undefined {
  const states = new Set(upstreams.map(stateOf));
  return byWeight.find((state) => states.has(state));
}

/** Those first that somebody has to look at; among equals the order stays. */
export function worstFirst(upstreams: readonly Upstream[]): Upstream[] {
  const weight = (one: Upstream): number => byWeight.indexOf(stateOf(one));
  return [...upstreams].sort((one, other) => weight(one) - weight(other));
}

const keyOf = (one: { caller: string; origin: string }): string => `${one.origin} ${one.caller}`;

/** The servers after a change, by origin and caller as the till lists them. */
export function withChanges(upstreams: readonly Upstream[], { changed, gone }: UpstreamsUpdate): Upstream[] {
  const byKey = new Map(upstreams.map((one) => [keyOf(one), one]));
  for (const one of gone) byKey.delete(keyOf(one));
  for (const one of changed) byKey.set(keyOf(one), one);
  return [...byKey.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, upstream]) => upstream);
}

/** The address as people say it: what is not the secure web says so, since it is another server than that on the same host. */
export function hostOf(upstream: Upstream): string {
  return upstream.origin.replace(/^https:\/\//, '');
}

/** Whole seconds until an open breaker lets a call through. */
export function secondsLeft(upstream: Upstream, nowMs: number): number | undefined {
  if (upstream.retry_at == null) return undefined;
  return Math.max(0, Math.ceil((Date.parse(upstream.retry_at) - nowMs) / 1_000));
}

/** Where the network's switch can stand. */
export type NetworkChoice =
  | 'online' | 'slow' | 'cut' | 'dns' | 'certificate' | 'busy' | 'busyUntil' | 'tooMany' | 'tooManyUntil' | 'reset' | 'truncated' | 'endless' | 'mixed';

const always = (fault: FaultKind): NetworkPlan['faults'] => [{ fault, per_mille: 1_000 }];

/** A slow server of a bad afternoon: late, and still within the time that most calls have. */
const SLOW_MS = 3_000;
const RETRY_AFTER_SECONDS = 5;

const faults: Record<Exclude<NetworkChoice, 'online'>, NetworkPlan['faults']> = {
  slow: always({ kind: 'latency', delay_ms: SLOW_MS }),
  cut: always({ kind: 'refused' }),
  dns: always({ kind: 'dns_failure' }),
  certificate: always({ kind: 'certificate_error' }),
  busy: always({ kind: 'status', code: 503 }),
  busyUntil: always({ kind: 'status', code: 503, retry_after_seconds: RETRY_AFTER_SECONDS }),
  tooMany: always({ kind: 'status', code: 429 }),
  tooManyUntil: always({ kind: 'status', code: 429, retry_after_seconds: RETRY_AFTER_SECONDS }),
  reset: always({ kind: 'reset_mid_body' }),
  truncated: always({ kind: 'truncated_body' }),
  endless: always({ kind: 'never_ending_body' }),
  mixed: [
    { fault: { kind: 'latency', delay_ms: SLOW_MS }, per_mille: 200 },
    { fault: { kind: 'refused' }, per_mille: 100 },
    { fault: { kind: 'status', code: 503, retry_after_seconds: RETRY_AFTER_SECONDS }, per_mille: 100 },
    { fault: { kind: 'reset_mid_body' }, per_mille: 50 },
  ],
};

/** Every place of the switch with its word. */
export const networkWords: Record<NetworkChoice, Word> = {
  online: 'netOnline', slow: 'netSlow', cut: 'netCut', dns: 'netDns', certificate: 'netCertificate', busy: 'netBusy', busyUntil: 'netBusyUntil',
  tooMany: 'netTooMany', tooManyUntil: 'netTooManyUntil', reset: 'netReset', truncated: 'netTruncated', endless: 'netEndless', mixed: 'netMixed',
};

export const networkChoices = Object.keys(networkWords) as NetworkChoice[];

/** The plan of a place of the switch, for every server or only for one. */
export function planOf(choice: NetworkChoice, origin: string | undefined, seed: number): NetworkPlan {
  return { faults: choice === 'online' ? [] : faults[choice], seed, ...(origin === undefined ? {} : { origin }) };
}

/** Where the switch stands; nothing when somebody set a plan that it has no place for. */
export function choiceOf(plan: NetworkPlan | null | undefined): NetworkChoice | undefined {
  if (plan == null) return 'online';
  const text = written(plan.faults);
  return networkChoices.find((choice) => choice !== 'online' && written(faults[choice]) === text);
}

/** The same for the same faults, whatever the order of their fields. */
function written(list: NetworkPlan['faults']): string {
  return JSON.stringify(list.map(({ fault, per_mille }) => [Object.entries(fault).sort(([one], [other]) => (one < other ? -1 : 1)), per_mille]));
}
