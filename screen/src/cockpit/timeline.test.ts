import { describe, expect, test, vi } from 'vitest';
import type { TimelineEntry } from '../api/types';
import { Ring } from './ring';
import { counts, filtered, MESSAGES_MAX, rows, Timeline } from './timeline';

const entry = (seq: number, more: Partial<TimelineEntry> = {}): TimelineEntry => ({
  seq,
  at: new Date(1_000 + seq).toISOString(),
  plugin: 'stamp-card',
  direction: 'in',
  kind: 'message',
  name: 'order.change.event',
  callback_id: null,
  duration_us: 100,
  bytes: 10,
  result: 'ok',
  caused_by: null,
  summary: '',
  ...more,
});
const seqs = (entries: TimelineEntry[]) => entries.map((one) => one.seq);

describe('the ring', () => {
  test('forgets the oldest', () => {
    const ring = new Ring<number>(3);
    for (const number of [1, 2, 3, 4, 5]) ring.push(number);
    expect(ring.toArray()).toEqual([3, 4, 5]);
    expect(ring.at(0)).toBe(3);
    expect(ring.at(3)).toBeUndefined();
    expect(ring.last()).toBe(5);
  });
  test('holds what a day of messages leaves', () => {
    const timeline = new Timeline();
    timeline.add(Array.from({ length: MESSAGES_MAX + 50 }, (_, seq) => entry(seq)));
    const entries = timeline.entries();
    expect(entries.length).toBe(MESSAGES_MAX);
    expect(entries[0]?.seq).toBe(50);
  });
});

describe('the timeline', () => {
  test('takes no message twice when the stream and the first read overlap', () => {
    const timeline = new Timeline();
    timeline.add([entry(5), entry(6)]);
    timeline.add([entry(6), entry(7)]);
    timeline.add([entry(4), entry(5), entry(3)]);
    expect(seqs(timeline.entries())).toEqual([3, 4, 5, 6, 7]);
  });

  test('puts a message that is told when it ends in the place where it began', () => {
    const timeline = new Timeline();
    timeline.add([entry(5)]);
    timeline.add([entry(8), entry(9)]);
    timeline.add([entry(7), entry(6), entry(10)]);
    expect(seqs(timeline.entries())).toEqual([5, 6, 7, 8, 9, 10]);
  });

  test('takes the later word on a message', () => {
    const timeline = new Timeline();
    timeline.add([entry(5, { result: 'none' }), entry(6)]);
    timeline.add([entry(5, { result: 'refused' })]);
    timeline.add([entry(5, { result: 'none' })]);
    expect(timeline.entries().map((one) => one.result)).toEqual(['refused', 'ok']);
  });

  test('forgets the oldest, however late it is told', () => {
    const timeline = new Timeline();
    timeline.add(Array.from({ length: MESSAGES_MAX }, (_, seq) => entry(100 + 2 * seq)));
    timeline.add([entry(99), entry(103)]);
    const told = seqs(timeline.entries());
    expect(told.length).toBe(MESSAGES_MAX);
    expect(told.slice(0, 3)).toEqual([102, 103, 104]);
  });

  test('tells its listeners at most once in 100 ms', () => {
    vi.useFakeTimers();
    const timeline = new Timeline();
    const heard = vi.fn();
    timeline.subscribe(heard);
    for (let seq = 0; seq < 50; seq += 1) timeline.add([entry(seq)]);
    expect(heard).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(heard).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });

  test('groups messages under the tap that caused them', () => {
    const drawn = rows([entry(1, { caused_by: 'tap 1' }), entry(2, { caused_by: 'tap 1' }), entry(3), entry(4, { caused_by: 'tap 2' })]);
    expect(drawn.map((row) => (row.kind === 'group' ? `${row.cause ?? '-'}×${row.count}` : row.entry.seq))).toEqual(['tap 1×2', 1, 2, '-×1', 3, 'tap 2×1', 4]);
  });

  const entries = [
    entry(1, { direction: 'out', name: 'storage.set.request', summary: 'stamps' }),
    entry(2, { result: 'refused' }),
    entry(3, { result: 'veto', plugin: 'refund-guard' }),
  ];
  test.each([
    ['all' as const, '', undefined, [1, 2, 3]],
    ['in' as const, '', undefined, [2, 3]],
    ['out' as const, '', undefined, [1]],
    ['refused' as const, '', undefined, [2, 3]],
    ['all' as const, 'STAMPS', undefined, [1]],
    ['all' as const, '', 'refund-guard', [3]],
  ])('filters %s “%s” of %s', (only, text, plugin, expected) => expect(seqs(filtered(entries, { only, text, plugin }))).toEqual(expected));

  test('counts', () => expect(counts(entries)).toEqual({ all: 3, refused: 2 }));
});
