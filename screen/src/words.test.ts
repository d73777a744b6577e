import { describe, expect, test } from 'vitest';
import { dictionary, say } from './words';

const gapsOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('the dictionary', () => {
  test.each(Object.entries(dictionary))('%s has the same gaps in both languages', (_, text) => {
    expect(gapsOf(text.en)).toEqual(gapsOf(text.ko));
  });

  test.each(Object.entries(dictionary))('%s says something, without exclamation', (_, text) => {
    expect(text.ko).not.toBe('');
    expect(text.en).not.toBe('');
    expect(text.ko).not.toContain('!');
    expect(text.en).not.toContain('!');
  });
});

describe('say', () => {
  test('fills gaps', () => expect(say('en', 'left', { count: 3 })).toBe('3 left'));
  test('leaves a gap that nobody filled', () => expect(say('en', 'left')).toBe('{count} left'));
  test.each([
    ['단골 스탬프', '‘단골 스탬프’가 취소를 막았어요'],
    ['환불 지킴', '‘환불 지킴’이 취소를 막았어요'],
    ['stamp', '‘stamp’가 취소를 막았어요'],
  ])('takes the particle after %s', (plugin, expected) => expect(say('ko', 'vetoTitle', { plugin })).toBe(expected));
  test('takes the particle after an amount', () =>
    expect(say('ko', 'refundDone', { amount: '27,940원' })).toBe('27,940원을 돌려줬어요'));
});
