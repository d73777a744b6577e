import { describe, expect, test } from 'vitest';
import { ScannerWatch } from './scanner';

const type = (text: string, gapMs: number, watch = new ScannerWatch(), fromMs = 0) => {
  let atMs = fromMs;
  for (const key of text) {
    watch.press({ key, atMs });
    atMs += gapMs;
  }
  return watch.press({ key: 'Enter', atMs });
};

describe('the scanner', () => {
  test.each([
    ['8801234567890', 3, '8801234567890'],
    ['1234567', 10, '1234567'],
    ['8801234567890123', 12, '8801234567890123'],
    ['123456', 3, undefined],
    ['8801234567890', 30, undefined],
  ])('%s typed every %i ms', (text, gapMs, expected) => expect(type(text, gapMs)).toBe(expected));

  test('leaves out what was typed by hand before', () => {
    const watch = new ScannerWatch();
    for (const [index, key] of [...'gol'].entries()) watch.press({ key, atMs: index * 200 });
    expect(type('8801234567890', 2, watch, 2_000)).toBe('8801234567890');
  });

  test('begins anew after each Enter', () => {
    const watch = new ScannerWatch();
    expect(type('8801234567890', 2, watch)).toBe('8801234567890');
    expect(watch.press({ key: 'Enter', atMs: 40 })).toBeUndefined();
  });

  test('reads capitals, which come with Shift', () => {
    const watch = new ScannerWatch();
    let atMs = 0;
    for (const key of 'ABCDEFG') {
      watch.press({ key: 'Shift', atMs });
      watch.press({ key, atMs });
      atMs += 5;
    }
    expect(watch.press({ key: 'Enter', atMs })).toBe('ABCDEFG');
  });
});
