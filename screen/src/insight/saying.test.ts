import { expect, test } from 'vitest';
import { speechOf } from '../till/useTill';
import type { InsightSummary } from '../api/types';
import { namesOf } from './names';
import { activities, card, insight } from './sample';
import { cardInWords, changeOfCount, figuresOf, labelOf, lineInWords, ordersInWords } from './saying';

const ko = speechOf('ko');
const en = speechOf('en');
const summary = (change: Partial<InsightSummary>): InsightSummary => {
  const count = (now: number, before?: number) => ({ now, before: before ?? null });
  return {
    orders: count(1284, 1209), events: count(9871), median_ms: { now: 372_000, before: 396_000 }, p90_ms: { now: 1_120_000, before: 1_050_000 }, p95_ms: { now: null, before: null }, ways: count(14),
    top_ways_share: { now: 0.94, before: null }, again: count(102), called_off: count(41), again_or_called_off: count(143), again_or_called_off_share: { now: 0.1114, before: null }, ...change,
  };
};

test('five figures are told with what changed', () => {
  expect(figuresOf(summary({}), 'week', ko).map(({ value, note, tone }) => [value, note, tone])).toEqual([
    ['1,284', '지난주보다 +6.2%', 'good'], ['6분 12초', '−24초', 'good'], ['18분 40초 안에', '+1분 10초', 'bad'], ['14', '위 다섯이 94%', 'plain'], ['11.1%', '143건', 'plain'],
  ]);
  expect(figuresOf(summary({}), 'today', en).map(({ value, note }) => [value, note])[0]).toEqual(['1,284', '+6.2% on yesterday']);
});

test('without a period before there is nothing to compare with', () => {
  const alone = summary({ orders: { now: 3, before: null }, median_ms: { now: 5, before: null }, p90_ms: { now: 6, before: null } });
  expect(figuresOf(alone, 'week', ko).map(({ note }) => note).slice(0, 3)).toEqual(['견줄 주문이 없어요', '견줄 주문이 없어요', '견줄 주문이 없어요']);
});

test('what no order reached has no length', () => {
  const none = summary({ median_ms: { now: null, before: 5 }, p90_ms: { now: null, before: 5 }, again_or_called_off_share: { now: null, before: null } });
  expect(figuresOf(none, 'week', ko).map(({ value }) => value)).toEqual(['1,284', '—', '—', '14', '—']);
});

test.each<[number, number | null | undefined, string | undefined, string]>([
  [10, undefined, undefined, 'plain'], [10, null, undefined, 'plain'], [10, 0, undefined, 'plain'], [10, 10, '±0%', 'plain'], [1_000_000, 1_000_001, '±0%', 'plain'], [12, 10, '+20%', 'good'], [5, 10, '−50%', 'bad'], [300, 1, '+29,900%', 'good'],
])('%i orders after %s', (now, before, text, tone) => {
  expect(changeOfCount(now, before)).toEqual({ text, tone });
});

test('a label tells what the map measures first', () => {
  const [, worst, rare] = insight.map.edges;
  if (worst === undefined || rare === undefined) throw new Error('the sample has three lines');
  expect(labelOf(worst, 'time', ko)).toEqual({ large: '9초', small: '8 · 가장 많이 기다림' });
  expect(labelOf(worst, 'count', ko)).toEqual({ large: '8', small: '9초' });
  expect(labelOf(rare, 'time', en)).toEqual({ large: 'overlapping', small: '1' });
});

test('who listens is told each line in a sentence', () => {
  const names = namesOf(activities, ko);
  expect(insight.map.edges.map((edge) => lineInWords(edge, names, ko))).toEqual(['주문 다음 결제 시작, 9번, 보통 48초', '결제 시작 다음 완료, 8번, 보통 9초, 가장 많이 기다림', '주문 다음 취소, 1번, 보통 겹쳐서 해요']);
});

test('a card tells when it is worst', () => {
  expect(cardInWords(card, ko)).toBe('보통 9초 기다려요.');
  expect(cardInWords({ ...card, slow_hour: { hour: 23, median_ms: 15_000, count: 9 } }, ko)).toBe('보통 9초 기다려요. 23시에서 0시 사이에는 보통 15초 기다려요.');
});

test.each([[0, '0건', '0 orders'], [1, '1건', '1 order'], [1_284, '1,284건', '1,284 orders']])('%i orders in words', (count, korean, english) => {
  expect([ordersInWords(count, ko), ordersInWords(count, en)]).toEqual([korean, english]);
});
