// Generated from sdk/src by `npm run embed -w sdk`. Do not edit.

// src/channel.ts
function findHostChannel() {
  if (typeof document !== "undefined") return isFramed() ? frameChannel() : void 0;
  const scope = globalThis;
  return typeof scope.postMessage === "function" ? workerChannel(scope) : void 0;
}
function isFramed() {
  try {
    return window.self !== window.top;
  } catch {
    return true;
  }
}
function workerChannel(scope) {
  return {
    post: (message) => scope.postMessage?.(message),
    listen(receive) {
      scope.onmessage = (event) => receive(event.data);
    },
    listenToErrors(report) {
      scope.onerror = (...args) => {
        report(errorFromHandler(args));
        return true;
      };
    }
  };
}
function frameChannel() {
  const parent = window.parent;
  const origin = originOfParent();
  return {
    post: (message) => parent.postMessage(message, origin),
    listen(receive) {
      window.addEventListener("message", (event) => {
        if (event.source === parent) receive(event.data);
      });
    },
    listenToErrors(report) {
      window.addEventListener("error", (event) => report(errorFromHandler([event])));
    }
  };
}
function originOfParent() {
  const origins = window.location.ancestorOrigins;
  const origin = origins?.[0];
  return origin === void 0 || origin === "" || origin === "null" ? "*" : origin;
}
function errorFromHandler(args) {
  const [first] = args;
  const thrown = args[4] ?? (isRecord(first) ? first["error"] : void 0);
  if (thrown instanceof Error) return thrown;
  return new Error(isRecord(first) ? String(first["message"]) : String(thrown ?? first));
}
function isRecord(value) {
  return typeof value === "object" && value !== null;
}

// src/callback-id.ts
var ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
var FAIR_BYTES = 256 - 256 % ALPHABET.length;
function createCallbackId(length = 10) {
  let id = "";
  while (id.length < length) id += fairLetters(length - id.length);
  return id;
}
function fairLetters(count) {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.min(count, 1024)));
  return Array.from(bytes, (byte) => byte < FAIR_BYTES ? ALPHABET.charAt(byte % ALPHABET.length) : "").join("");
}

// src/errors.ts
var PosPluginSdkError = class _PosPluginSdkError extends Error {
  constructor(message) {
    super(message);
    this.name = "PosPluginSdkError";
  }
  /** Whether `error` is a refusal by the till or by the rate limiter. */
  static isPosPluginSdkError(error) {
    return error instanceof _PosPluginSdkError;
  }
};
var PosPluginSdkRateLimitError = class _PosPluginSdkRateLimitError extends PosPluginSdkError {
  constructor(message) {
    super(message);
    this.name = "PosPluginSdkRateLimitError";
  }
  /** Whether `error` came from the rate limiter. */
  static isPosPluginSdkRateLimitError(error) {
    return error instanceof _PosPluginSdkRateLimitError;
  }
};
var PosPluginSdkTimeoutError = class extends Error {
  constructor(messageName, timeoutMs, told) {
    super(told ?? `POS가 ${timeoutMs}ms 안에 '${messageName}'에 응답하지 않았습니다 (no answer from the till within ${timeoutMs} ms)`);
    this.messageName = messageName;
    this.timeoutMs = timeoutMs;
    this.told = told;
    this.name = "PosPluginSdkTimeoutError";
  }
  messageName;
  timeoutMs;
  told;
};
function messageOf(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

// src/rate-limit.ts
var WINDOWS = [
  { calls: 100, spanMs: 6e4 },
  { calls: 200, spanMs: 30 * 6e4 }
];
var SPAN_MS_MAX = Math.max(...WINDOWS.map((window2) => window2.spanMs));
var RateLimiter = class {
  #calls = /* @__PURE__ */ new Map();
  /** Counts one call of `method`; throws {@link PosPluginSdkRateLimitError} when a window is full. */
  admit(method) {
    const now = performance.now();
    const recent = (this.#calls.get(method) ?? []).filter((at) => now - at < SPAN_MS_MAX);
    this.#calls.set(method, recent);
    for (const window2 of WINDOWS) refuseIfFull(method, recent, window2, now);
    recent.push(now);
  }
};
function refuseIfFull(method, recent, window2, now) {
  const oldestCounted = recent.at(-window2.calls);
  if (oldestCounted === void 0) return;
  const freeInMs = oldestCounted + window2.spanMs - now;
  if (freeInMs <= 0) return;
  throw new PosPluginSdkRateLimitError(
    `${method}: ${window2.spanMs / 1e3}초에 ${window2.calls}번까지 부를 수 있습니다. ${Math.ceil(freeInMs / 1e3)}초 뒤에 다시 부르세요 (at most ${window2.calls} calls in ${window2.spanMs / 1e3} s; try again in ${Math.ceil(freeInMs / 1e3)} s)`
  );
}

// src/client.ts
var TIMEOUT_MS_DEFAULT = 3e4;
var TIMER_MS_MAX = 2 ** 31 - 1;
var RETRY_PAUSES_MS = [0, 1e3, 2e3];
var Client = class {
  #channel;
  #waiting = /* @__PURE__ */ new Map();
  #events = /* @__PURE__ */ new Map();
  #asks = /* @__PURE__ */ new Map();
  #limiter = new RateLimiter();
  #errorListeners;
  constructor(channel) {
    this.#channel = channel;
    channel?.listen((message) => this.#receive(message));
  }
  /** Whether a till listens at all. */
  get connected() {
    return this.#channel !== void 0;
  }
  /** Sends `<name>` with a new callback id and gives the answer's data; rejects when the till refuses or stays silent. */
  async request(name, data, options = {}) {
    if (options.limitedAs !== void 0) this.#limiter.admit(options.limitedAs);
    const timeoutMs = waitMs(options.timeoutMs ?? TIMEOUT_MS_DEFAULT);
    const pauses = options.retry === true ? [...RETRY_PAUSES_MS] : [];
    for (; ; ) {
      try {
        return await this.#ask(name, data, timeoutMs, options.graceMs ?? 0);
      } catch (error) {
        const pauseMs = pauses.shift();
        if (!(error instanceof PosPluginSdkTimeoutError) || pauseMs === void 0) throw error;
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }
  /** Sends a message that is never answered. */
  send(name, data, version = 1) {
    this.#post({ name, version, data });
  }
  /** Installs the one handler of an event. */
  onEvent(name, handler) {
    this.#events.set(name, handler);
  }
  /** Installs the one handler of a request that the till makes; `name` is without `.request`. */
  onAsk(name, handler) {
    this.#asks.set(name, handler);
  }
  /** Adds a listener for script errors. Until there is one, they are left to the till, which reports them. */
  onScriptError(listener) {
    if (this.#errorListeners === void 0) {
      const listeners = [];
      this.#errorListeners = listeners;
      this.#channel?.listenToErrors((error) => callEach(listeners, (call) => call(error)));
    }
    this.#errorListeners.push(listener);
  }
  #post(message) {
    if (this.#channel === void 0) {
      throw new PosPluginSdkError(
        `'${message.name}': POS 안에서 실행되고 있지 않습니다. \`madang dev\`로 실행하세요 (no till is listening: run the plugin with \`madang dev\`)`
      );
    }
    this.#channel.post(message);
  }
  #ask(name, data, timeoutMs, graceMs) {
    const callbackId = createCallbackId();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(callbackId);
        reject(new PosPluginSdkTimeoutError(name, timeoutMs));
      }, Math.min(timeoutMs + graceMs, TIMER_MS_MAX));
      const forget = () => {
        this.#waiting.delete(callbackId);
        clearTimeout(timer);
      };
      this.#waiting.set(callbackId, (answer) => {
        forget();
        if (answer["complete"] === false) reject(refusal(name, answer, timeoutMs));
        else resolve(answer);
      });
      try {
        this.#post({ name, version: 1, callbackId, data });
      } catch (error) {
        forget();
        throw error;
      }
    });
  }
  #receive(message) {
    if (!isRecord(message) || typeof message["name"] !== "string") return;
    const { name, callbackId } = message;
    const data = isRecord(message["data"]) ? message["data"] : {};
    if (typeof callbackId !== "string") {
      this.#events.get(name)?.(data);
    } else if (name.endsWith(".request")) {
      void this.#answer(name.slice(0, -".request".length), callbackId, data);
    } else {
      this.#waiting.get(callbackId)?.(data);
    }
  }
  async #answer(name, callbackId, data) {
    const answer = await this.#answerTo(name, data);
    if (answer !== void 0) this.#post({ name: `${name}.response`, version: 1, callbackId, data: answer });
  }
  async #answerTo(name, data) {
    const handler = this.#asks.get(name);
    if (handler === void 0) return { complete: false, errorMessage: `'${name}.request' is not known to this plugin's SDK` };
    try {
      return await handler(data);
    } catch (error) {
      return { complete: false, errorMessage: messageOf(error) };
    }
  }
};
function waitMs(given) {
  if (typeof given === "number" && given >= 1) return Math.min(given, TIMER_MS_MAX);
  const told = typeof given === "string" ? JSON.stringify(given) : String(given);
  throw new PosPluginSdkError(`timeoutMs: 1 이상의 밀리초를 숫자로 써 주세요. ${told}은(는) 쓸 수 없습니다 (a number of at least 1 ms is expected)`);
}
function refusal(name, answer, timeoutMs) {
  const text = refusalText(name, answer);
  return answer["timedOut"] === true ? new PosPluginSdkTimeoutError(name, timeoutMs, text) : new PosPluginSdkError(text);
}
function refusalText(name, answer) {
  const text = answer["errorMessage"];
  return typeof text === "string" && text !== "" ? text : `'${name}' was refused without a reason`;
}
function callEach(listeners, call) {
  const thrown = [];
  for (const listener of [...listeners]) {
    try {
      call(listener);
    } catch (error) {
      thrown.push(error);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}
var Handlers = class {
  #handlers = /* @__PURE__ */ new Map();
  /** Makes `handler` the one for `event`. */
  set(event, handler) {
    this.#handlers.set(event, handler);
  }
  /** The handler of the event that a message names. */
  of(event) {
    return typeof event === "string" ? this.#handlers.get(event) : void 0;
  }
};
function pick(data, ...path) {
  return path.reduce((value, member) => isRecord(value) ? value[member] : void 0, data);
}

// src/catalog.ts
function createCatalog(client, ui2) {
  const changes = forwardChanges(client, "catalog-item.change.event", "catalog");
  let beforeAdd;
  client.onAsk("catalog-item.before-add-health-check", () => beforeAdd === void 0 ? void 0 : Promise.resolve({}));
  client.onAsk("catalog-item.event", async (data) => {
    if (beforeAdd === void 0 || data["event"] !== "before-add") {
      return { complete: false, errorMessage: `catalog has no handler for '${String(data["event"])}'` };
    }
    const { initialValue } = await beforeAdd({ payload: data["payload"], ui: ui2 });
    return { complete: true, event: "before-add", payload: { initialValue } };
  });
  return {
    async getCatalog(catalogId) {
      const answer = await client.request("catalog-item.get.request", { catalog: { id: catalogId } }, { limitedAs: "catalog.getCatalog" });
      return answer["catalog"];
    },
    async getCatalogs() {
      const answer = await client.request("catalog-item.list.request", {}, { limitedAs: "catalog.getCatalogs" });
      return answer["catalogs"];
    },
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one method serves the deprecated events as well
    on(event, cb) {
      if (event === "before-add") beforeAdd = cb;
      else changes.set(event, cb);
    }
  };
}
function createCategory(client) {
  const changes = forwardChanges(client, "catalog-category.change.event", "category");
  return {
    async getCategory(categoryId) {
      const answer = await client.request("catalog-category.get.request", { category: { id: categoryId } }, { limitedAs: "category.getCategory" });
      return answer["category"];
    },
    async getCategories() {
      const answer = await client.request("catalog-category.list.request", {}, { limitedAs: "category.getCategories" });
      return answer["categories"];
    },
    on: (event, cb) => changes.set(event, cb)
  };
}
function createOption(client) {
  const changes = forwardChanges(client, "catalog-item-option.change.event", "option");
  return {
    async getOption(optionId) {
      const answer = await client.request("catalog-item-option.get.request", { option: { id: optionId } }, { limitedAs: "option.getOption" });
      return answer["option"];
    },
    async getOptions() {
      const answer = await client.request("catalog-item-option.list.request", {}, { limitedAs: "option.getOptions" });
      return answer["options"];
    },
    on: (event, cb) => changes.set(event, cb)
  };
}
function forwardChanges(client, message, member) {
  const handlers = new Handlers();
  client.onEvent(message, (data) => handlers.of(data["event"])?.(pick(data, member, "id")));
  return handlers;
}

// src/draft-order.ts
function createDraftOrder(client) {
  const changes = new Handlers();
  client.onEvent("draft-order.change.event", (data) => changes.of(data["event"])?.(data["draftOrder"]));
  const cartAfter = async (change, data) => (await client.request(`draft-order.${change}.request`, data))["draftOrder"];
  return {
    get: () => cartAfter("get", {}),
    async clear() {
      await client.request("draft-order.clear.request", {});
    },
    addLineItem: (lineItem) => cartAfter("add-line-item", { lineItem }),
    deleteLineItem: (key) => cartAfter("delete-line-item", { key }),
    updateItemQuantity: (key, quantity) => cartAfter("update-item-quantity", { key, quantity }),
    updateItemMemo: (key, memo) => cartAfter("update-item-memo", { key, memo }),
    updateItemOptionChoice: (key, optionChoices) => cartAfter("update-item-option-choices", { key, optionChoices }),
    updateIgnorePrint: (ignorePrint) => cartAfter("update-is-ignore-print", { ignorePrint }),
    deleteDiscount: (indexOfDiscount) => cartAfter("delete-discount", { indexOfDiscount }),
    deleteItemDiscount: (key, indexOfDiscount) => cartAfter("delete-item-discount", { key, indexOfDiscount }),
    async startPayment() {
      await client.request("draft-order.start-payment", {});
    },
    on: (event, cb) => changes.set(event, cb)
  };
}

// src/identity.ts
function createMerchant(client) {
  return { getMerchant: askedOnce(client, "merchant.info.request", "merchant.getMerchant", (answer) => answer["merchant"]) };
}
function createDevice(client) {
  return { getDeviceInfo: askedOnce(client, "device.info.request", "device.getDeviceInfo", (answer) => answer["device"]) };
}
function createPlugin(client) {
  return {
    getPluginInfo: askedOnce(client, "plugin.info.request", "plugin.getPluginInfo", (answer) => answer)
  };
}
function askedOnce(client, name, limitedAs, read) {
  let answered;
  return () => {
    if (answered === void 0) {
      const asked = client.request(name, {}, { retry: true, limitedAs }).then(read);
      answered = asked;
      asked.catch(() => answered = void 0);
    }
    return answered;
  };
}

// src/kitchen.ts
function createKdsOrder(client) {
  const changes = new Handlers();
  client.onEvent("kds-order-item.change.event", (data) => changes.of(data["event"])?.(pick(data, "kdsOrder", "id")));
  return {
    async getKdsOrderItems(q) {
      const answer = await client.request("kds-order-item.get-list.request", q, { limitedAs: "kdsOrder.getKdsOrderItems" });
      const { contents, last, totalElements } = answer;
      return { contents, last, totalElements };
    },
    on: (event, cb) => changes.set(event, cb)
  };
}

// src/network.ts
var Websocket = class {
  /** The URL it was created with. */
  get url() {
    return connectionOf(this).url;
  }
  /** Connects again after a close; rejects when the server cannot be reached. `onOpen` is called. */
  connect() {
    return connectionOf(this).connect();
  }
  /** Closes; resolves when the till has. */
  disconnect() {
    return connectionOf(this).disconnect();
  }
  /** Sends text; whether it arrived is not told. */
  send(message) {
    connectionOf(this).send(message);
  }
  /** Text from the server. Replaces the handler before; text that came earlier is handed over first. */
  onMessage(cb) {
    connectionOf(this).onMessage(cb);
  }
  /** A failure of the connection. Replaces the handler before. */
  onError(cb) {
    connectionOf(this).onError = cb;
  }
  /** The connection was closed, with the code. Replaces the handler before. */
  onClose(cb) {
    connectionOf(this).onClose = cb;
  }
  /** Connected by `connect`; `create` resolves already connected and does not call it. Replaces the handler before. */
  onOpen(cb) {
    connectionOf(this).onOpen = cb;
  }
};
var connectionOfSocket = /* @__PURE__ */ new WeakMap();
function socketOver(connection) {
  const socket = new Websocket();
  connectionOfSocket.set(socket, connection);
  return socket;
}
function connectionOf(socket) {
  const connection = connectionOfSocket.get(socket);
  if (connection === void 0) throw new PosPluginSdkError("use posPluginSdk.websocket.create(url) to get a socket");
  return connection;
}
function createHttp(client) {
  const call = async (method, url, payload, headers = [], options = {}) => {
    const timeoutMs = waitMs(options.timeoutMs ?? TIMEOUT_MS_DEFAULT);
    const told = options.timeoutMs == null ? {} : { timeoutMs };
    const data = { ...options, ...told, url, method, payload, headers };
    const answer = await client.request("http.request", data, { timeoutMs, graceMs: TILL_TELLS_MS }).catch((error) => {
      throw error instanceof PosPluginSdkTimeoutError ? namingServer(url, error) : error;
    });
    const { body, headers: answered, code } = answer;
    return { body, headers: answered, code };
  };
  return {
    get: (url, headers, options) => call("GET", url, void 0, headers, options),
    delete: (url, headers, options) => call("DELETE", url, void 0, headers, options),
    head: (url, headers, options) => call("HEAD", url, void 0, headers, options),
    options: (url, headers, options) => call("OPTIONS", url, void 0, headers, options),
    post: (url, payload, headers, options) => call("POST", url, payload, headers, options),
    put: (url, payload, headers, options) => call("PUT", url, payload, headers, options),
    patch: (url, payload, headers, options) => call("PATCH", url, payload, headers, options)
  };
}
var TILL_TELLS_MS = 1e3;
function namingServer(url, error) {
  const server = /^[a-z]+:\/\/(?:[^/?#\\]*@)?[^/?#\\]*/i.exec(url)?.[0].replace(/\/\/.*@/, "//") ?? "server";
  const { timeoutMs, told } = error;
  error.message = told === void 0 ? `${server}: ${timeoutMs}ms 안에 답이 없었어요. 요청이 나갔는지 알 수 없으니 확인한 뒤 다시 해 주세요 (no answer from ${server} within ${timeoutMs} ms; whether the call left is not known)` : `${server}: ${told}`;
  return error;
}
function createWebsocket(client) {
  const connections = /* @__PURE__ */ new Map();
  client.onEvent("websocket.event", (data) => {
    const url = pick(data, "url");
    if (typeof url === "string") connections.get(url)?.hear(data);
  });
  return {
    async create(url, headers, options) {
      const connection = new Connection(client, url, headers, options);
      connections.set(url, connection);
      try {
        await connection.connect();
      } catch (error) {
        if (connections.get(url) === connection) connections.delete(url);
        throw error;
      }
      return socketOver(connection);
    }
  };
}
var EARLY_MESSAGES_MAX = 100;
var Connection = class {
  constructor(client, url, headers, options) {
    this.client = client;
    this.url = url;
    this.headers = headers;
    this.options = options;
  }
  client;
  url;
  headers;
  options;
  onOpen;
  onClose;
  onError;
  #onMessage;
  #early = [];
  async connect() {
    await this.client.request("websocket.connect.request", { ...this.options, url: this.url, headers: this.headers });
  }
  async disconnect() {
    await this.client.request("websocket.disconnect.request", { url: this.url });
  }
  send({ data, option }) {
    this.client.send("websocket.send", { url: this.url, data, option });
  }
  onMessage(cb) {
    this.#onMessage = cb;
    for (const text of this.#early.splice(0)) cb(text);
  }
  hear({ event, code, data, errorName, errorMessage }) {
    if (event === "open") this.onOpen?.();
    else if (event === "close") this.onClose?.(code);
    else if (event === "error") this.onError?.(errorName, errorMessage);
    else if (event === "message") this.#deliver(data);
  }
  #deliver(text) {
    if (this.#onMessage !== void 0) this.#onMessage(text);
    else if (this.#early.length < EARLY_MESSAGES_MAX) this.#early.push(text);
  }
};

// src/orders.ts
var COMBINED_STATES = ["OPENED", "PAID", "CANCELLED", "COMPLETED", "REFUNDED"];
function createOrder(client) {
  const changes = new Handlers();
  client.onEvent("order.change.event", (data) => changes.of(data["event"])?.(pick(data, "order", "id")));
  const request = (method, name, data) => client.request(name, data, { limitedAs: `order.${method}` });
  return {
    async getOrder(orderId) {
      return (await request("getOrder", "order.get.request", { id: orderId }))["order"];
    },
    async getOrders({ start, end, page, size, orderStates }) {
      const query = { start, end, page, size, status: orderStates, orderStates, states: COMBINED_STATES };
      return (await request("getOrders", "order.get-list.request", query))["orders"];
    },
    async search({ tableId, orderState, start, end, page, size }) {
      const query = { tableId, orderState, start, end, page, size };
      return (await request("search", "order.search.request", query))["orders"];
    },
    async add(order) {
      return (await request("add", "order.add.request", { order: withSummedChoices(order) }))["order"];
    },
    async addMenu(orderId, order) {
      const data = { id: orderId, order: withSummedChoices(order) };
      return (await request("addMenu", "order.add-menu.request", data))["order"];
    },
    async cancel(orderId) {
      await request("cancel", "order.cancel.request", { id: orderId });
    },
    async complete(orderId) {
      return (await request("complete", "order.complete.request", { id: orderId }))["order"];
    },
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one method serves the deprecated event as well
    on: (event, cb) => changes.set(event, cb)
  };
}
function withSummedChoices(order) {
  return {
    ...order,
    lineItems: order.lineItems.map((line) => ({ ...line, optionChoices: summedById(line.optionChoices) }))
  };
}
function summedById(choices) {
  const byId2 = /* @__PURE__ */ new Map();
  for (const choice of choices) {
    const quantity = (byId2.get(choice.id)?.quantity ?? 0) + choice.quantity;
    byId2.set(choice.id, { ...choice, quantity });
  }
  return [...byId2.values()];
}

// src/payments.ts
function createPayment(client) {
  const changes = new Handlers();
  client.onEvent(
    "payment.change.event",
    (data) => changes.of(data["event"])?.(pick(data, "payment", "id"), pick(data, "order", "id"))
  );
  let beforeCancel;
  client.onAsk("payment.event", async (data) => {
    await beforeCancel?.(data["payload"]);
    return { complete: true, event: data["event"] };
  });
  return {
    async getPayment(paymentId) {
      const answer = await client.request("payment.get.request", { id: paymentId }, { limitedAs: "payment.getPayment" });
      return answer["payment"];
    },
    async add(order, payment) {
      const data = { order: { id: order.id }, paymentDto: payment };
      return (await client.request("payment.add.request", data, { limitedAs: "payment.add" }))["payment"];
    },
    async cancel(order, payment) {
      const data = { order: { id: order.id }, payment: { id: payment.id } };
      await client.request("payment.cancel.request", data, { limitedAs: "payment.cancel" });
    },
    on(event, cb) {
      if (event === "before-cancel") beforeCancel = cb;
      else changes.set(event, cb);
    }
  };
}
function createCashReceipt(client) {
  return {
    async add(dto) {
      await client.request("cash-receipt.issue.request", { ...dto }, { limitedAs: "cashReceipt.add" });
    }
  };
}
function createPaymentMethod(client, ui2) {
  const methods = /* @__PURE__ */ new Map();
  client.onAsk("payment.method.event", async (data) => {
    const { event, id } = data;
    try {
      return { event, id, complete: true, ...await carryOut(methods.get(id), data, ui2) };
    } catch (error) {
      return { event, id, complete: false, errorMessage: messageOf(error) };
    }
  });
  return {
    add(method) {
      const { id, image, paymentName } = method.data;
      methods.set(id, method);
      client.send("payment.method.add", { id, image, paymentName });
    }
  };
}
async function carryOut(method, data, ui2) {
  if (method === void 0) throw new Error(`this plugin offers no payment method '${String(data["id"])}'`);
  const order = data["order"];
  if (data["event"] === "pay") {
    const approval = await method.payCallback(order, data["price"], ui2);
    if (approval === void 0) return {};
    return { paymentDto: { approvedAt: approval.approvedAt, approvedNo: "", paymentKey: approval.paymentKey } };
  }
  if (data["event"] === "cancel") {
    return { cancelledPaymentDto: await method.cancelCallback(order, data["payment"], ui2) };
  }
  throw new Error(`a payment method is asked to pay or to cancel, not to '${String(data["event"])}'`);
}

// src/plugins.ts
function createPluginUnicast(client, plugin2) {
  const listeners = /* @__PURE__ */ new Set();
  client.onEvent("plugin.unicast.event", ({ from, to, message }) => {
    void plugin2.getPluginInfo().then(({ name }) => {
      if (to === name) callEach(listeners, ({ cb }) => cb(message, from));
    });
  });
  return {
    send(message, to) {
      plugin2.getPluginInfo().then(
        ({ name }) => client.send("plugin.unicast.send", { from: name, to, message }),
        (error) => console.error(`pluginUnicast.send to '${to}': ${messageOf(error)}`)
      );
    },
    listen(_event, cb) {
      const listener = { cb };
      listeners.add(listener);
      return () => listeners.delete(listener);
    }
  };
}
function createError(client) {
  return { addErrorListener: (cb) => client.onScriptError(cb) };
}

// src/settings.ts
function createSetting(client) {
  const handlers = new Handlers();
  client.onEvent("setting.change.event", () => handlers.of("change")?.());
  return {
    async setInputs(inputs) {
      await client.request("setting.set-inputs.request", byId(inputs));
    },
    async getValues() {
      return (await client.request("setting.values.request", {}))["settings"];
    },
    on: (event, cb) => handlers.set(event, cb)
  };
}
function byId(inputs) {
  const ids = inputs.map((input) => input.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== void 0) throw new PosPluginSdkError(`setting.setInputs: the id '${twice}' stands twice; every input needs its own`);
  return Object.fromEntries(inputs.map((input) => [input.id, input]));
}

// src/storage.ts
function createStorage(client) {
  return keptUnder(client, "storage");
}
function createSecureStore(client) {
  return keptUnder(client, "secure-store");
}
function keptUnder(client, store) {
  return {
    async get(key) {
      const { value } = await client.request(`${store}.get.request`, { key }, { retry: true });
      return typeof value === "string" ? value : void 0;
    },
    async set(key, value) {
      await client.request(`${store}.set.request`, { key, value }, { retry: true });
    },
    async del(key) {
      await client.request(`${store}.delete.request`, { key }, { retry: true });
    }
  };
}

// src/tables.ts
function createTable(client) {
  const handlers = new Handlers();
  client.onEvent("table.change.event", (data) => handlers.of(data["event"])?.(argumentOf(data)));
  return {
    async getHalls() {
      const answer = await client.request("hall.list.request", {}, { limitedAs: "table.getHalls" });
      return answer["halls"];
    },
    async getTables() {
      const answer = await client.request("table.list.request", {}, { limitedAs: "table.getTables" });
      return answer["tables"];
    },
    async getTable(tableId) {
      const answer = await client.request("table.get.request", { table: { id: tableId } }, { limitedAs: "table.getTable" });
      return answer["table"];
    },
    on: (event, cb) => handlers.set(event, cb)
  };
}
function argumentOf({ event, order, from, to, table }) {
  if (event === "move") return { order, from, to };
  if (event === "merge") return { from, to };
  return pick(table, "id");
}

// src/till-screen.ts
var TOAST_BUTTONS_MAX = 100;
function createToast(client) {
  const taps = /* @__PURE__ */ new Set();
  const buttons = /* @__PURE__ */ new Map();
  client.onEvent("toast.click", () => callEach(taps, ({ cb }) => cb()));
  client.onEvent("toast.button.click", (data) => buttons.get(data["id"])?.());
  const shown = ({ text, onClick }) => {
    const id = createCallbackId();
    keepNewest(buttons, id, onClick);
    return { id, text };
  };
  const open = (level, { message, button }) => {
    client.send("toast.open", { message, level, ...button && { button: shown(button) } }, 2);
  };
  return {
    open: (message) => client.send("toast.open", { message }),
    success: (options) => open("success", options),
    error: (options) => open("error", options),
    warn: (options) => open("warn", options),
    on(_event, cb) {
      const tap = { cb };
      taps.add(tap);
      return () => taps.delete(tap);
    }
  };
}
function keepNewest(buttons, id, onClick) {
  buttons.set(id, onClick);
  const [oldest] = buttons.keys();
  if (buttons.size > TOAST_BUTTONS_MAX) buttons.delete(oldest);
}
function createAlert(client) {
  return { open: (options) => client.send("alert.open", options) };
}
function createSound(client) {
  return { play: (options) => client.send("sound.play", options) };
}
function createNavigation(client) {
  return {
    navigate(page, packageName) {
      if (page === "business-type-setting") client.send("navigation.navigate", { page });
      else if (page === "plugin-tab") client.send("navigation.navigate", { page, packageName });
      else console.warn(`navigation.navigate: there is no page '${page}'; it is "business-type-setting" or "plugin-tab"`);
    }
  };
}
function createPowerSaver(client) {
  return {
    async startBlocking() {
      await client.request("power-saver.start-blocking.request", {});
    },
    async stopBlocking() {
      await client.request("power-saver.stop-blocking.request", {});
    },
    async isBlocked() {
      return (await client.request("power-saver.is-blocked.request", {}))["isBlocked"] === true;
    }
  };
}
function createBarcode(client) {
  const handlers = new Handlers();
  client.onEvent("barcode.event", (data) => handlers.of("scan")?.(data["barcode"]));
  const send = async (barcode) => {
    await client.request("barcode.send.request", { barcode });
  };
  const keys = new ScannerKeys((barcode) => void send(barcode));
  return {
    on: (event, cb) => handlers.set(event, cb),
    send,
    useBarcodeScan: () => keys.start(),
    unUseBarcodeScan: () => keys.stop()
  };
}
var SCAN_MS_MAX = 1500;
var ScannerKeys = class {
  constructor(scanned) {
    this.scanned = scanned;
  }
  scanned;
  #typed = "";
  #startedAt = 0;
  start() {
    if (typeof document !== "undefined") document.addEventListener("keydown", this.#hear);
  }
  stop() {
    if (typeof document !== "undefined") document.removeEventListener("keydown", this.#hear);
    this.#typed = "";
  }
  #hear = (event) => {
    if (isTyping(event.target)) return;
    if (this.#typed !== "" && event.timeStamp - this.#startedAt > SCAN_MS_MAX) this.#typed = "";
    if (event.key === "Enter") {
      if (this.#typed !== "") this.scanned(this.#typed);
      this.#typed = "";
    } else if (event.key.length === 1) {
      if (this.#typed === "") this.#startedAt = event.timeStamp;
      this.#typed += event.key;
    }
  };
};
function isTyping(target) {
  const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  return isField && !target.classList.contains("barcode-input");
}

// src/ui.ts
var POPUP_TIMEOUT_MS = 24 * 60 * 60 * 1e3;
function createUi(client) {
  const open = async (popup) => (await client.request("popup.request", popup, { timeoutMs: POPUP_TIMEOUT_MS }))["data"];
  return {
    async openBarcode({ productName }) {
      return await open({ type: "barcode", productName });
    },
    async openInputModal({ title, description, inputs, cta }) {
      return await open({ type: "input", title, description, inputs, cta });
    }
  };
}

// src/sdk.ts
function createSdk(channel) {
  const client = new Client(channel);
  const ui2 = createUi(client);
  const plugin2 = createPlugin(client);
  const posPluginSdk2 = {
    alert: createAlert(client),
    storage: createStorage(client),
    secureStore: createSecureStore(client),
    table: createTable(client),
    category: createCategory(client),
    catalog: createCatalog(client, ui2),
    option: createOption(client),
    cashReceipt: createCashReceipt(client),
    order: createOrder(client),
    payment: createPayment(client),
    http: createHttp(client),
    toast: createToast(client),
    device: createDevice(client),
    merchant: createMerchant(client),
    paymentMethod: createPaymentMethod(client, ui2),
    websocket: createWebsocket(client),
    barcode: createBarcode(client),
    plugin: plugin2,
    draftOrder: createDraftOrder(client),
    error: createError(client),
    setting: createSetting(client),
    powerSaver: createPowerSaver(client),
    sound: createSound(client),
    kdsOrder: createKdsOrder(client),
    pluginUnicast: createPluginUnicast(client, plugin2),
    navigation: createNavigation(client)
  };
  if (client.connected) introduce(plugin2);
  return { posPluginSdk: posPluginSdk2, ui: ui2 };
}
function introduce(plugin2) {
  plugin2.getPluginInfo().catch((error) => console.error(error));
}

// src/index.ts
var sdk = createSdk(findHostChannel());
var posPluginSdk = sdk.posPluginSdk;
var ui = sdk.ui;
var draftOrder = posPluginSdk.draftOrder;
var plugin = posPluginSdk.plugin;
var pluginUnicast = posPluginSdk.pluginUnicast;
export {
  PosPluginSdkError,
  PosPluginSdkRateLimitError,
  PosPluginSdkTimeoutError,
  Websocket,
  createCallbackId,
  draftOrder,
  plugin,
  pluginUnicast,
  posPluginSdk,
  ui
};
