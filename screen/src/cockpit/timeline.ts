import type { TimelineEntry } from '../api/types';
import { Ring } from './ring';

/** As many messages as are kept; older ones are still in the till's own recording. */
export const MESSAGES_MAX = 10_000;

/** What of the timeline is shown. */
export interface TimelineFilter {
  plugin: string | undefined;
  text: string;
  only: 'all' | 'in' | 'out' | 'refused';
}

/** A row of the timeline: a message, or the tap above the messages it caused. */
export type TimelineRow =
  | { kind: 'message'; entry: TimelineEntry; groupStartMs: number; groupSpanUs: number }
  | { kind: 'group'; key: string; cause: string | undefined; count: number; spanUs: number };

/** How much is there, for the filter's chips. */
export interface TimelineCounts {
  all: number;
  refused: number;
}

/** The messages of all plugins, newest last; told to its listeners at most every 100 ms. */
export class Timeline {
  private readonly ring = new Ring<TimelineEntry>(MESSAGES_MAX);
  private readonly listeners = new Set<() => void>();
  private told = 0;
  private changes = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly tellEveryMs = 100;

  /** Adds messages, each in its place: one that is answered late is told late, and what is read may overlap what the stream tells. */
  add(entries: readonly TimelineEntry[]): void {
    for (const entry of entries) {
      if (this.takes(entry)) this.changes += 1;
    }
    this.tellSoon();
  }

  private takes(entry: TimelineEntry): boolean {
    const place = this.ring.placeBehind((other) => other.seq <= entry.seq);
    const there = this.ring.at(place - 1);
    if (there?.seq !== entry.seq) return this.ring.insert(place, entry);
    // A message has no result until it has ended, and keeps the one it has.
    if (there.result !== 'none' || entry.result === 'none') return false;
    this.ring.replace(place - 1, entry);
    return true;
  }

  clear(): void {
    this.ring.clear();
    this.changes += 1;
    this.tellSoon();
  }

  entries(): TimelineEntry[] {
    return this.ring.toArray();
  }

  /** A number that grows with every change that was told. */
  version = (): number => this.told;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private tellSoon(): void {
    if (this.timer !== undefined || this.changes === this.told) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.told = this.changes;
      for (const listener of this.listeners) listener();
    }, this.tellEveryMs);
  }
}

/** True for what counts as a no: the host's, the plugin's, or an answer that came too late. */
export function isRefusal(entry: TimelineEntry): boolean {
  return entry.result === 'refused' || entry.result === 'veto' || entry.kind === 'error';
}

/** The entries that a filter lets through. */
export function filtered(entries: readonly TimelineEntry[], filter: TimelineFilter): TimelineEntry[] {
  const text = filter.text.trim().toLowerCase();
  return entries.filter((entry) => {
    if (filter.plugin !== undefined && entry.plugin !== filter.plugin) return false;
    if (filter.only === 'in' && entry.direction !== 'in') return false;
    if (filter.only === 'out' && entry.direction !== 'out') return false;
    if (filter.only === 'refused' && !isRefusal(entry)) return false;
    return text === '' || entry.name.toLowerCase().includes(text) || entry.summary.toLowerCase().includes(text);
  });
}

/** The rows to draw: messages under the tap that caused them, in the order in which they came. */
export function rows(entries: readonly TimelineEntry[]): TimelineRow[] {
  const drawn: TimelineRow[] = [];
  let from = 0;
  while (from < entries.length) {
    const group = sameCause(entries, from);
    const first = group[0];
    if (first === undefined) break;
    const startMs = Date.parse(first.at);
    const spanUs = spanOf(group, startMs);
    drawn.push({ kind: 'group', key: `${first.caused_by ?? 'alone'}@${first.seq}`, cause: first.caused_by ?? undefined, count: group.length, spanUs });
    for (const entry of group) drawn.push({ kind: 'message', entry, groupStartMs: startMs, groupSpanUs: spanUs });
    from += group.length;
  }
  return drawn;
}

/** How many there are and how many were refused. */
export function counts(entries: readonly TimelineEntry[]): TimelineCounts {
  return { all: entries.length, refused: entries.filter(isRefusal).length };
}

function sameCause(entries: readonly TimelineEntry[], from: number): TimelineEntry[] {
  const cause = entries[from]?.caused_by ?? undefined;
  let to = from + 1;
  while (to < entries.length && (entries[to]?.caused_by ?? undefined) === cause) to += 1;
  return entries.slice(from, to);
}

function spanOf(group: readonly TimelineEntry[], startMs: number): number {
  const end = Math.max(...group.map((entry) => (Date.parse(entry.at) - startMs) * 1_000 + (entry.duration_us ?? 0)));
  return Math.max(end, 1);
}
