import type { Insight, InsightActivityView, InsightCard, InsightEdge, InsightNode, InsightPlugin, InsightWay } from '../api/types';

// An answer of the till for tests: an order is placed, paid and completed; one payment failed, one order was cancelled.
const area = (x: number, y: number) => ({ x, y, width: 100, height: 46 });
const node = (activity: InsightNode['activity'], x: number, y: number, events: number, began = 0, ended = 0): InsightNode => ({ activity, area: area(x, y), orders: events, events, began, ended });
const edge = (from: InsightEdge['from'], to: InsightEdge['to'], count: number, medianMs: number | null, rank: InsightEdge['rank'] = 'usual'): InsightEdge => ({
  from, to, count, orders: count, median_ms: medianMs, p90_ms: medianMs, p95_ms: medianMs, line: 'M0 0H9', head: 'M9 0L5 4V-4Z', stroke: 2, label: area(0, 0), rank,
});
const activity = (code: InsightActivityView['activity'], ko: string, en: string, kind: InsightActivityView['kind'] = 'step'): InsightActivityView => ({ activity: code, name: { ko, en }, kind });
const way = (orders: number, share: number, activities: InsightWay['activities']): InsightWay => ({ key: activities.map((one) => one[0]).join(''), activities, orders, share, median_ms: 90_000 });
const period = { from: '2026-11-16', to: '2026-11-22' };

export const activities = [
  activity('order_placed', '주문', 'Order placed'), activity('payment_started', '결제 시작', 'Payment started'), activity('payment_failed', '결제 실패', 'Payment failed', 'trouble'),
  activity('payment_retried', '다시 결제', 'Payment tried again', 'again'), activity('order_completed', '완료', 'Completed', 'done'), activity('order_cancelled', '취소', 'Cancelled', 'called_off'),
];

export const card: InsightCard = {
  from: 'payment_started', to: 'order_completed', title: { ko: '카드 승인을 기다려요', en: 'Waiting for the card to be approved' }, sentence: { ko: '보통 9초 기다려요.', en: 'It usually takes 9 s.' }, count: 8, orders: 8,
  median_ms: 9_000, median_before_ms: null, p90_ms: 12_000, p95_ms: 12_000, lost_per_week_ms: 72_000, share: 0.7, slow_hour: null,
};

export const plugin: InsightPlugin = {
  plugin: 'refund-guard', title: { ko: '환불이 refund-guard의 답을 기다려요', en: 'Refunds wait for refund-guard to answer' }, sentence: { ko: '보통 1.8초 기다려요.', en: 'It usually takes 1.8 s.' }, is_slow: true,
  questions: 4, orders: 3, median_ms: 1_800, median_before_ms: null, p90_ms: 5_000, p95_ms: 5_000, silent: 1, refused: 2, lost_per_week_ms: 12_000,
};

export const insight: Insight = {
  period, period_before: { from: '2026-11-09', to: '2026-11-15' }, known_from: null, is_up_to_date: true, channels: [{ channel: 'pos', name: { ko: '매장', en: 'In the shop' }, orders: 10 }], activities,
  summary: {
    orders: { now: 10, before: null }, events: { now: 31, before: null }, median_ms: { now: 90_000, before: null }, p90_ms: { now: 120_000, before: null }, p95_ms: { now: 120_000, before: null }, ways: { now: 3, before: null },
    top_ways_share: { now: 1, before: null }, again: { now: 1, before: null }, called_off: { now: 1, before: null }, again_or_called_off: { now: 2, before: null }, again_or_called_off_share: { now: 0.2, before: null },
  },
  map: {
    width: 500, height: 200, detail: { activities: [2, 4], activity_step: 1, paths: [{ edges: 3, share: 1 }], path_step: 0 },
    nodes: [node('order_placed', 0, 50, 10, 10), node('payment_started', 150, 50, 9), node('order_completed', 300, 20, 8, 0, 8), node('order_cancelled', 300, 90, 1, 0, 1)],
    edges: [edge('order_placed', 'payment_started', 9, 48_000), edge('payment_started', 'order_completed', 8, 9_000, 'worst'), edge('order_placed', 'order_cancelled', 1, null, 'rare')],
  },
  ways: [
    way(8, 0.8, ['order_placed', 'payment_started', 'order_completed']), way(1, 0.1, ['order_placed', 'payment_started', 'payment_failed', 'payment_retried', 'order_completed']), way(1, 0.1, ['order_placed', 'order_cancelled']),
  ],
  cards: [card], plugins: [plugin], waiting: { total: 0, orders: [] },
};
