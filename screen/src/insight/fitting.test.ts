import { expect, test } from 'vitest';
import { fitted } from './fitting';

test.each([['결제', '결제'], ['다섯글자요', '다섯글자요'], ['여섯글자예요', '여섯글자…'], ['', ''], ['👩‍🍳👩‍🍳👩‍🍳', '👩‍🍳👩…']])('%s', (text, expected) => {
  expect(fitted(text, 10, 50)).toBe(expected);
});
