import { describe, expect, test } from 'vitest';
import { StreamParser, type StreamEvent } from './sse';

const WHOLE = 'id: e1-1\nevent: cart\ndata: {"a":1}\n\n: keep-alive\n\nid: e1-2\r\nevent: order\r\ndata: one\r\ndata: two\r\n\r\ndata:x\r\rretry: 10\ndata\n\n';
const EXPECTED: StreamEvent[] = [
  { id: 'e1-1', event: 'cart', data: '{"a":1}' },
  { id: 'e1-2', event: 'order', data: 'one\ntwo' },
  { id: 'e1-2', event: 'message', data: 'x' },
  { id: 'e1-2', event: 'message', data: '' },
];

const parse = (chunks: string[]) => {
  const parser = new StreamParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
};

describe('the stream parser', () => {
  test('reads a stream in one piece', () => expect(parse([WHOLE])).toEqual(EXPECTED));
  test('reads it character by character', () => expect(parse([...WHOLE])).toEqual(EXPECTED));
  test('reads it cut at every place', () => {
    for (let cut = 0; cut <= WHOLE.length; cut += 1) {
      expect(parse([WHOLE.slice(0, cut), '', WHOLE.slice(cut)]), `cut at ${cut}`).toEqual(EXPECTED);
    }
  });
  test('keeps an unfinished event to itself', () => expect(parse(['data: half'])).toEqual([]));
  test('ignores an event without data', () => expect(parse(['event: hello\n\n'])).toEqual([]));
  test('refuses an endless line', () => expect(() => parse(['data: ', 'x'.repeat(8_000_001)])).toThrow());
});
