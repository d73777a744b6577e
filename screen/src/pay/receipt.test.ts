import { expect, test } from 'vitest';
import { receiptRow, widthOf } from './receipt';

const pair = (left: string, right: string, indent = false) => ({ is: 'pair', left, right, indent });

test.each([
  ['-'.repeat(42), { is: 'rule' }],
  [`${' '.repeat(15)}성수 로스터리`, { is: 'centre', text: '성수 로스터리' }],
  [`${' '.repeat(16)}[재발행]`, { is: 'centre', text: '[재발행]' }],
  [`아메리카노 ×2${' '.repeat(23)}11,000`, pair('아메리카노 ×2', '11,000')],
  ['  샷 추가 +500', pair('샷 추가 +500', '', true)],
  [`  과세 공급가${' '.repeat(23)}4,091`, pair('과세 공급가', '4,091', true)],
  [`받을 금액${' '.repeat(28)}4,500`, pair('받을 금액', '4,500')],
  ['서울 성동구 연무장길 12', pair('서울 성동구 연무장길 12', '')],
  [`${'가'.repeat(18)} 4,500`, pair('가'.repeat(18), '4,500')],
  ['', pair('', '')],
])('%s', (line, expected) => expect(receiptRow(line, 42)).toEqual(expected));

test.each([['아메리카노', 10], ['×2', 2], ['A가', 3]])('%s is %i columns wide', (text, expected) => expect(widthOf(text)).toBe(expected));
