import { describe, expect, test } from 'vitest';
import { Problem } from './client';
import { Live, readUpdate, type Link } from './live';
import type { StreamUpdate } from './types';

const event = (id: string, name: string, data: unknown) => `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify({ event: name, data })}\n\n`;
const hello = (epoch: string, position: number) => event(`${epoch}-${position}`, 'hello', { epoch, position, clock: '2026-11-22T03:00:00Z' });
const gone = (id: string, toast: string) => event(id, 'toast-closed', { id: toast });

/** Plays connections one after another, each a list of chunks or a refusal, then stops. */
const follow = async (connections: (string[] | Problem)[]) => {
  const seen = { links: [] as Link[], updates: [] as string[], resets: 0, after: [] as (string | undefined)[] };
  const live: Live = new Live(
    {
      stream: async (after) => {
        seen.after.push(after);
        const next = connections.shift();
        if (next === undefined) {
          live.stop();
          throw new TypeError('connection refused');
        }
        if (next instanceof Problem) throw next;
        return new Response(new Blob(next).stream());
      },
    },
    {
      onLink: (link) => seen.links.push(link),
      onUpdate: (update: StreamUpdate) => seen.updates.push(update.event === 'toast-closed' ? update.data.id : update.event),
      onReset: () => (seen.resets += 1),
    },
    [0],
  );
  await live.run();
  return seen;
};

describe('the live stream', () => {
  test('fetches all at first, then goes on after the last event', async () => {
    const seen = await follow([[hello('a', 1), gone('a-2', 'one')], [hello('a', 2), gone('a-3', 'two')]]);
    expect(seen.after).toEqual([undefined, 'a-2', 'a-3']);
    expect(seen.updates).toEqual(['one', 'two']);
    expect(seen.resets).toBe(1);
    expect(seen.links).toEqual(['connecting', 'open', 'lost', 'open', 'lost']);
  });

  test('fetches all again when the till was started anew', async () => {
    const seen = await follow([[hello('a', 1)], [hello('b', 0), gone('b-1', 'one')]]);
    expect(seen.resets).toBe(2);
    expect(seen.after).toEqual([undefined, 'a-1', 'b-1']);
  });

  test('fetches all again when too much was missed', async () => {
    const reset = event('a-9', 'reset', { epoch: 'a', position: 9, clock: '2026-11-22T03:00:00Z' });
    expect((await follow([[hello('a', 1)], [reset]])).resets).toBe(2);
  });

  test('drops an event that was cut off, and asks for it again', async () => {
    const whole = gone('a-2', 'one');
    const seen = await follow([[hello('a', 1), whole.slice(0, -4)], [hello('a', 1), whole]]);
    expect(seen.updates).toEqual(['one']);
    expect(seen.after).toEqual([undefined, 'a-1', 'a-2']);
  });

  test('tries on when it cannot connect', async () => {
    const seen = await follow([new Problem(503, 'x', '', ''), [hello('a', 1)]]);
    expect(seen.links).toEqual(['connecting', 'lost', 'open', 'lost']);
  });

  test('stops when the till refuses the key', async () => {
    const seen = await follow([new Problem(401, 'token', '', ''), [hello('a', 1)]]);
    expect(seen.links).toEqual(['connecting', 'refused']);
    expect(seen.after).toEqual([undefined]);
  });
});

describe('an event', () => {
  test('that this page does not know is left out', () => expect(readUpdate('kitchen', '{"event":"kitchen","data":{}}')).toBeUndefined());
  test('whose data is of another kind is left out', () => expect(readUpdate('cart', '{"event":"order","data":{}}')).toBeUndefined());
});
