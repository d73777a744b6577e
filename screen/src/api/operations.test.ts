import { describe, expect, test } from 'vitest';
import { Client, Problem } from './client';
import { Operations } from './operations';

type Answer = 'lost' | { status: number; body: unknown };

const setUp = (answers: Answer[], kept: string | null = null) => {
  const sent: (string | null)[] = [];
  const reach = async (_: unknown, init?: RequestInit) => {
    sent.push(new Headers(init?.headers).get('idempotency-key'));
    const answer = answers.shift();
    if (answer === undefined || answer === 'lost') throw new TypeError('connection refused');
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  };
  let stored = kept;
  const store = { getItem: () => stored, setItem: (_: string, value: string) => void (stored = value) };
  let keys = 0;
  const operations = new Operations(new Client('token', reach as typeof fetch), async () => {}, store, () => `key-${(keys += 1)}`, async () => {});
  return { operations, sent, stored: () => JSON.parse(stored ?? '[]') as unknown[] };
};
const pay = { slot: 'pay:1', path: '/api/orders/1/payments', body: { method: 'card' } };
const done = { status: 202, body: { done: true } };
const refused = (code: string, status = 409) => ({ status, body: { code, detail: 'no', detail_ko: '안 돼요' } });

describe('an operation', () => {
  test('goes out again with the same key after a lost connection', async () => {
    const { operations, sent, stored } = setUp(['lost', 'lost', done]);
    await expect(operations.perform(pay)).resolves.toEqual({ done: true });
    expect(sent).toEqual(['key-1', 'key-1', 'key-1']);
    expect(stored()).toEqual([]);
  });

  test('asks again while the till is still at it', async () => {
    const { operations, sent } = setUp([refused('in-flight'), done]);
    await operations.perform(pay);
    expect(sent).toEqual(['key-1', 'key-1']);
  });

  test('pressed twice is sent once', async () => {
    const { operations, sent } = setUp([done]);
    await Promise.all([operations.perform(pay), operations.perform(pay)]);
    expect(sent).toEqual(['key-1']);
  });

  test('gets a new key once it was answered', async () => {
    const { operations, sent } = setUp([refused('payment-under-way'), done]);
    await expect(operations.perform(pay)).rejects.toBeInstanceOf(Problem);
    await operations.perform(pay);
    expect(sent).toEqual(['key-1', 'key-2']);
  });

  test('keeps its key when it is not known what became of it', async () => {
    const { operations, sent } = setUp([refused('till-unavailable', 503), done]);
    await expect(operations.perform(pay)).rejects.toBeInstanceOf(Problem);
    await operations.perform(pay);
    expect(sent).toEqual(['key-1', 'key-1']);
  });

  test('survives a reload with its key', async () => {
    const { operations, sent } = setUp([done], JSON.stringify([{ ...pay, key: 'key-before' }]));
    expect(operations.unanswered()).toEqual([pay]);
    await operations.perform(pay);
    expect(sent).toEqual(['key-before']);
  });

  test('with another body is another operation', async () => {
    const { operations, sent } = setUp([done], JSON.stringify([{ ...pay, key: 'key-before' }]));
    await operations.perform({ ...pay, body: { method: 'cash', received: 1 } });
    expect(sent).toEqual(['key-1']);
  });
});

describe('a veto', () => {
  test('tells the plugin and its words apart', () =>
    expect(new Problem(409, 'vetoed', 'refund-guard: 10,000원: 사장님만', '').veto).toEqual({ plugin: 'refund-guard', message: '10,000원: 사장님만' }));
  test('is not any other refusal', () => expect(new Problem(409, 'sold-out', 'a: b', '').veto).toBeUndefined());
});
