import { expect, test } from 'vitest';
import { lengthInWords, shareInWords } from './lengths';

// The rows of `sentence.rs`: the page and the report say the same.
test.each([
  [0, '0초', '0 s'],
  [620, '0.62초', '0.62 s'],
  [1_500, '1.5초', '1.5 s'],
  [59_999, '59초', '59 s'],
  [60_000, '1분', '1 min'],
  [552_000, '9분 12초', '9 min 12 s'],
  [3_600_000, '1시간', '1 h'],
  [93_784_000, '1일 2시간', '1 d 2 h'],
  [86_400_000 * 1_234, '1,234일', '1,234 d'],
])('%i ms', (lengthMs, korean, english) => {
  expect(lengthInWords(lengthMs, 'ko')).toBe(korean);
  expect(lengthInWords(lengthMs, 'en')).toBe(english);
});

test.each([[0, '0%'], [0.004, '0.4%'], [0.0994, '9.9%'], [0.0999, '10%'], [1, '100%']])('a share of %f', (share, expected) => {
  expect(shareInWords(share)).toBe(expected);
});
