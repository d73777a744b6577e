import { expect, test } from 'vitest';
import { speechOf } from '../till/useTill';
import { behindOf } from './behind';
import { namesOf } from './names';
import { activities, card, insight } from './sample';

const ko = speechOf('ko');
const behind = (see: string, of = insight) => behindOf(of, see, namesOf(activities, ko), ko);

test('a line has the orders that went along it', () => {
  expect(behind('map:order_placed-payment_started')).toEqual({
    title: '주문 → 결제 시작', sentence: undefined, question: { step_from: 'order_placed', step_to: 'payment_started' }, lines: [],
    figures: [{ name: '횟수', value: '9' }, { name: '기다림 중앙값', value: '48초' }, { name: '열에 아홉은', value: '48초' }],
  });
});

test('a line where time is lost is told as its card tells it, whether the map shows it or not', () => {
  const shown = behind('map:payment_started-order_completed');
  expect([shown?.title, shown?.sentence]).toEqual(['카드 승인을 기다려요', '보통 9초 기다려요.']);
  const few = { ...insight, map: { ...insight.map, edges: [] }, cards: [card] };
  expect(behind('map:payment_started-order_completed', few)?.question).toEqual({ step_from: 'payment_started', step_to: 'order_completed' });
});

test('a box has its lines, the most frequent first', () => {
  const box = behind('map:order_placed');
  expect(box?.question).toBeUndefined();
  expect(box?.lines.map((edge) => [edge.to, edge.count])).toEqual([['payment_started', 9], ['order_cancelled', 1]]);
  expect(box?.figures).toEqual([{ name: '횟수', value: '10' }, { name: '주문', value: '10' }]);
});

test('a way has its orders', () => {
  expect(behind('way:opo')).toMatchObject({ title: '자주 가는 길 1', sentence: '주문 → 결제 시작 → 완료', question: { way: 'opo' } });
});

test('a plugin has the orders that waited for it', () => {
  expect(behind('plugin:refund-guard')).toEqual({
    title: '환불이 refund-guard의 답을 기다려요', sentence: '보통 1.8초 기다려요.', question: { plugin: 'refund-guard' }, lines: [],
    figures: [{ name: '횟수', value: '4' }, { name: '기다림 중앙값', value: '1.8초' }, { name: '열에 아홉은', value: '5초' }, { name: '답 없음', value: '1' }, { name: '막음', value: '2' }],
  });
});

test.each(['', 'way:', 'plugin:', 'plugin:none', 'way:none', 'map:', 'map:nothing', 'map:order_placed-nothing', 'map:a-b-c', 'else:1', 'constructor'])('nothing is behind %j', (see) => {
  expect(behind(see)).toBeUndefined();
});
