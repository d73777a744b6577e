import type { components } from './schema';

type Body = components['schemas']['Problem'];

/** The till answered, and the answer is no. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly korean: string,
    readonly english: string,
    readonly fields: Body['fields'] = [],
  ) {
    super(english);
    this.name = 'Problem';
  }

  /** A plugin's veto: its name and its words. The till puts both into one sentence, `name: words`. */
  get veto(): { plugin: string; message: string } | undefined {
    if (this.code !== 'vetoed') return undefined;
    const [plugin = '', ...words] = this.korean.split(': ');
    return { plugin, message: words.join(': ') };
  }
}

/** No answer came: the till may or may not have got the request. */
export class Unreached extends Error {
  constructor() {
    super('the till cannot be reached');
    this.name = 'Unreached';
  }
}

/** One request. */
export interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  /** Sent as it is, instead of a body. */
  file?: Blob;
  /** Names the operation: sending it again with the same key does it once. */
  key?: string;
  signal?: AbortSignal;
  /** How long an answer may take before the till counts as not reached. */
  timeoutMs?: number;
}

/** Past this nobody at a counter waits; the till answers what it must do later at once. */
const TIMEOUT_MS = 15_000;
/** A large file goes to a slow disk. */
const FILE_TIMEOUT_MS = 300_000;

/** Asks the till, with the tab's key. */
export class Client {
  constructor(
    private readonly token: string,
    private readonly reach: typeof fetch = (...args) => fetch(...args),
  ) {}

  get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
    return this.ask<Answer>(path, signal ? { signal } : {});
  }

  async ask<Answer>(path: string, ask: Ask = {}): Promise<Answer> {
    const response = await this.send(path, ask);
    if (response.status === 204) return undefined as Answer;
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok) return body as Answer;
    throw problemOf(response.status, body);
  }

  /** The live stream, from after an event's id. */
  async stream(after: string | undefined, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { accept: 'text/event-stream', ...this.authorization() };
    if (after !== undefined) headers['last-event-id'] = after;
    const response = await this.reach('/api/stream', { headers, signal, cache: 'no-store' });
    if (response.ok) return response;
    throw problemOf(response.status, await response.json().catch(() => undefined));
  }

  /** A file that the till makes. */
  async file(path: string): Promise<Blob> {
    const response = await this.send(path, { timeoutMs: FILE_TIMEOUT_MS });
    if (response.ok) return response.blob();
    throw problemOf(response.status, await response.json().catch(() => undefined));
  }

  private async send(path: string, ask: Ask): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json', ...this.authorization() };
    if (ask.body !== undefined) headers['content-type'] = 'application/json';
    if (ask.file !== undefined) headers['content-type'] = 'application/octet-stream';
    if (ask.key !== undefined) headers['idempotency-key'] = ask.key;
    const late = AbortSignal.timeout(ask.timeoutMs ?? (ask.file === undefined ? TIMEOUT_MS : FILE_TIMEOUT_MS));
    try {
      return await this.reach(path, {
        method: ask.method ?? 'GET',
        headers,
        cache: 'no-store',
        signal: ask.signal ? AbortSignal.any([ask.signal, late]) : late,
        ...(ask.file !== undefined ? { body: ask.file } : ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
      });
    } catch (error) {
      if (ask.signal?.aborted) throw error;
      throw new Unreached();
    }
  }

  private authorization(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }
}

function problemOf(status: number, body: unknown): Problem {
  const told = (typeof body === 'object' && body !== null ? body : {}) as Partial<Body>;
  const english = told.detail ?? `the till answered ${status}`;
  return new Problem(status, told.code ?? `http-${status}`, told.detail_ko ?? english, english, told.fields ?? []);
}
