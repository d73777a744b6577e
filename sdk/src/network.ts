import { pick, TIMEOUT_MS_DEFAULT, waitMs, type Client } from "./client.js";
import { PosPluginSdkError, PosPluginSdkTimeoutError } from "./errors.js";

/** The methods of HTTP that a plugin may use. */
export type HttpMethod = "GET" | "POST" | "DELETE" | "HEAD" | "OPTIONS" | "PUT" | "PATCH";

/** What a server answered, whatever its code. */
export interface PluginHttpResponse {
  body: string;
  headers: [string, string][];
  code: number;
}

/** A call as the till is told it. */
export interface PluginHttpRequest {
  url: string;
  method: HttpMethod;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the server takes
  payload?: any;
  headers: [string, string][];
}

/** Headers of a call, name and value. */
export type HttpHeaders = [string, string][];

/** How a call is made. */
export interface HttpOptions {
  /**
   * How long the till waits for the server, in milliseconds: 1 or more, 30,000 unless given, 120,000 at the most. The error then says
   * whether the server may have done the work all the same.
   */
  timeoutMs?: number;
  /** `false` takes a server whose certificate cannot be checked; permission `tls = ["insecure"]`. */
  rejectUnauthorized?: boolean;
}

/**
 * Calls to servers, made by the till. Permission `http = ["send"]`, and the server's origin in `[origins]` of `plugin.toml`.
 * Any answer resolves, 404 and 500 included; an origin that is not allowed, a broken connection and a timeout reject.
 * Nothing is retried: give writes an `Idempotency-Key` and repeat them yourself.
 */
export interface HttpTypes {
  /** @example const { code, body } = await posPluginSdk.http.get("https://api.example.com/menu"); */
  get(url: string, headers?: HttpHeaders, options?: HttpOptions): Promise<PluginHttpResponse>;
  /** @example await posPluginSdk.http.delete(`https://api.example.com/orders/${id}`); */
  delete(url: string, headers?: HttpHeaders, options?: HttpOptions): Promise<PluginHttpResponse>;
  /** @example const { headers } = await posPluginSdk.http.head("https://api.example.com/menu"); */
  head(url: string, headers?: HttpHeaders, options?: HttpOptions): Promise<PluginHttpResponse>;
  /** @example const { headers } = await posPluginSdk.http.options("https://api.example.com/menu"); */
  options(url: string, headers?: HttpHeaders, options?: HttpOptions): Promise<PluginHttpResponse>;
  /** @example await posPluginSdk.http.post("https://api.example.com/orders", { id }, [["Idempotency-Key", id]], { timeoutMs: 5_000 }); */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the server takes
  post(url: string, payload?: any, headers?: HttpHeaders, options?: HttpOptions): Promise<PluginHttpResponse>;
  /** @example await posPluginSdk.http.put(`https://api.example.com/orders/${id}`, order); */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the server takes
  put(url: string, payload?: any, headers?: HttpHeaders, options?: HttpOptions): Promise<PluginHttpResponse>;
  /** @example await posPluginSdk.http.patch(`https://api.example.com/orders/${id}`, { state: "READY" }); */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the server takes
  patch(url: string, payload?: any, headers?: HttpHeaders, options?: HttpOptions): Promise<PluginHttpResponse>;
}

/** A connection to a server, made by the till and known by its URL. Comes from `websocket.create`. */
export class Websocket {
  /** The URL it was created with. */
  get url(): string {
    return connectionOf(this).url;
  }

  /** Connects again after a close; rejects when the server cannot be reached. `onOpen` is called. */
  connect(): Promise<void> {
    return connectionOf(this).connect();
  }

  /** Closes; resolves when the till has. */
  disconnect(): Promise<void> {
    return connectionOf(this).disconnect();
  }

  /** Sends text; whether it arrived is not told. */
  send(message: { data: string; option?: unknown }): void {
    connectionOf(this).send(message);
  }

  /** Text from the server. Replaces the handler before; text that came earlier is handed over first. */
  onMessage(cb: (message: string) => void): void {
    connectionOf(this).onMessage(cb);
  }

  /** A failure of the connection. Replaces the handler before. */
  onError(cb: (errorName?: string, errorMessage?: string) => void): void {
    connectionOf(this).onError = cb;
  }

  /** The connection was closed, with the code. Replaces the handler before. */
  onClose(cb: (code: string) => void): void {
    connectionOf(this).onClose = cb;
  }

  /** Connected by `connect`; `create` resolves already connected and does not call it. Replaces the handler before. */
  onOpen(cb: () => void): void {
    connectionOf(this).onOpen = cb;
  }
}

// Not private members: those would keep a hand-made socket of a plugin's tests from passing as a `Websocket`.
const connectionOfSocket = new WeakMap<Websocket, Connection>();

function socketOver(connection: Connection): Websocket {
  const socket = new Websocket();
  connectionOfSocket.set(socket, connection);
  return socket;
}

function connectionOf(socket: Websocket): Connection {
  const connection = connectionOfSocket.get(socket);
  if (connection === undefined) throw new PosPluginSdkError("use posPluginSdk.websocket.create(url) to get a socket");
  return connection;
}

/** How a socket is connected. */
export interface WebsocketOptions {
  /** How long the till tries, in milliseconds. */
  timeout?: number;
  /** `false` takes a server whose certificate cannot be checked; permission `tls = ["insecure"]`. */
  rejectUnauthorized?: boolean;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- handed to the till as it is
  [k: string]: any;
}

/** Sockets. Permission `websocket = ["connect"]`, and the server's origin in `[origins]` of `plugin.toml`. */
export interface WebsocketTypes {
  /**
   * Connects; rejects when the server cannot be reached. Two sockets cannot share one URL: the newer one gets what arrives.
   * @example
   * const socket = await posPluginSdk.websocket.create("wss://api.example.com/orders");
   * socket.onMessage((text) => console.log(text));
   */
  create(url: string, headers?: Record<string, string>, options?: WebsocketOptions): Promise<Websocket>;
}

/** @internal */
export function createHttp(client: Client): HttpTypes {
  const call = async (method: HttpMethod, url: string, payload: unknown, headers: HttpHeaders = [], options: HttpOptions = {}) => {
    // The till is told as well, so that it does not go on with a call that nobody waits for.
    const timeoutMs = waitMs(options.timeoutMs ?? TIMEOUT_MS_DEFAULT);
    const told = options.timeoutMs == null ? {} : { timeoutMs };
    const data = { ...options, ...told, url, method, payload, headers };
    const answer = await client.request("http.request", data, { timeoutMs, graceMs: TILL_TELLS_MS }).catch((error: unknown) => {
      throw error instanceof PosPluginSdkTimeoutError ? namingServer(url, error) : error;
    });
    const { body, headers: answered, code } = answer;
    return { body, headers: answered, code } as PluginHttpResponse;
  };
  return {
    get: (url, headers, options) => call("GET", url, undefined, headers, options),
    delete: (url, headers, options) => call("DELETE", url, undefined, headers, options),
    head: (url, headers, options) => call("HEAD", url, undefined, headers, options),
    options: (url, headers, options) => call("OPTIONS", url, undefined, headers, options),
    post: (url, payload, headers, options) => call("POST", url, payload, headers, options),
    put: (url, payload, headers, options) => call("PUT", url, payload, headers, options),
    patch: (url, payload, headers, options) => call("PATCH", url, payload, headers, options),
  };
}

/** How long the till has to tell how a call ended whose time is over: it alone knows whether anything left. */
const TILL_TELLS_MS = 1_000;

/** It is the server that kept silent. Whether it may have acted, the till says; where the till says nothing, nobody knows. */
function namingServer(url: string, error: PosPluginSdkTimeoutError): PosPluginSdkTimeoutError {
  const server = /^[a-z]+:\/\/(?:[^/?#\\]*@)?[^/?#\\]*/i.exec(url)?.[0].replace(/\/\/.*@/, "//") ?? "server";
  const { timeoutMs, told } = error;
  error.message =
    told === undefined
      ? `${server}: ${timeoutMs}ms 안에 답이 없었어요. 요청이 나갔는지 알 수 없으니 확인한 뒤 다시 해 주세요 (no answer from ${server} within ${timeoutMs} ms; whether the call left is not known)`
      : `${server}: ${told}`;
  return error;
}

/** @internal */
export function createWebsocket(client: Client): WebsocketTypes {
  const connections = new Map<string, Connection>();
  client.onEvent("websocket.event", (data) => {
    const url = pick(data, "url");
    if (typeof url === "string") connections.get(url)?.hear(data);
  });
  return {
    async create(url, headers, options) {
      const connection = new Connection(client, url, headers, options);
      // Registered before it is connected, so that a server's first words are not lost.
      connections.set(url, connection);
      try {
        await connection.connect();
      } catch (error) {
        if (connections.get(url) === connection) connections.delete(url);
        throw error;
      }
      return socketOver(connection);
    },
  };
}

/** Texts kept for a handler that is not there yet: a greeting or a snapshot, not a backlog. */
const EARLY_MESSAGES_MAX = 100;

class Connection {
  onOpen: (() => void) | undefined;
  onClose: ((code: string) => void) | undefined;
  onError: ((errorName?: string, errorMessage?: string) => void) | undefined;
  #onMessage: ((message: string) => void) | undefined;
  #early: string[] = [];

  constructor(
    readonly client: Client,
    readonly url: string,
    readonly headers: Record<string, string> | undefined,
    readonly options: WebsocketOptions | undefined,
  ) {}

  async connect(): Promise<void> {
    await this.client.request("websocket.connect.request", { ...this.options, url: this.url, headers: this.headers });
  }

  async disconnect(): Promise<void> {
    await this.client.request("websocket.disconnect.request", { url: this.url });
  }

  send({ data, option }: { data: string; option?: unknown }): void {
    this.client.send("websocket.send", { url: this.url, data, option });
  }

  onMessage(cb: (message: string) => void): void {
    this.#onMessage = cb;
    for (const text of this.#early.splice(0)) cb(text);
  }

  hear({ event, code, data, errorName, errorMessage }: Record<string, unknown>): void {
    if (event === "open") this.onOpen?.();
    else if (event === "close") this.onClose?.(code as string);
    else if (event === "error") this.onError?.(errorName as string | undefined, errorMessage as string | undefined);
    else if (event === "message") this.#deliver(data as string);
  }

  #deliver(text: string): void {
    if (this.#onMessage !== undefined) this.#onMessage(text);
    else if (this.#early.length < EARLY_MESSAGES_MAX) this.#early.push(text);
  }
}
