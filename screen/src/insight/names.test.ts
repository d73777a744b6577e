import { expect, test } from 'vitest';
import { speechOf } from '../till/useTill';
import { namesOf, stepsOf } from './names';
import { activities } from './sample';

const ko = namesOf(activities, speechOf('ko'));

test('activities are called as the till calls them', () => {
  expect(ko.name('payment_failed')).toBe('결제 실패');
  expect(namesOf(activities, speechOf('en')).name('payment_failed')).toBe('Payment failed');
});

test('an activity that no dictionary has keeps its code', () => {
  expect([ko.name('cart_held'), ko.kind('cart_held')]).toEqual(['cart_held', 'step']);
});

test('what went wrong, stands twice or undoes the order stands out', () => {
  const looks = (...way: Parameters<typeof stepsOf>[0]) => stepsOf(way, ko).map((step) => step.look);
  expect(looks('order_placed', 'payment_started', 'order_completed')).toEqual(['plain', 'plain', 'plain']);
  expect(looks('order_placed', 'payment_started', 'payment_failed', 'payment_retried')).toEqual(['plain', 'plain', 'again', 'again']);
  expect(looks('order_placed', 'payment_started', 'payment_started')).toEqual(['plain', 'again', 'again']);
  expect(looks('order_placed', 'order_cancelled')).toEqual(['plain', 'calledOff']);
  expect(looks('order_completed', 'plugin_allowed', 'plugin_allowed')).toEqual(['plain', 'plain', 'plain']);
});
