// What holds for every message: waiting, refusals, repeats, handlers, questions from the till.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { PosPluginSdkError, PosPluginSdkRateLimitError, PosPluginSdkTimeoutError } from "../src/errors.js";
import { createSdk, type PosPluginSdk } from "../src/sdk.js";
import { FakeHost, settle, withHost } from "./fake-host.js";

beforeEach(() => void vi.useFakeTimers());

describe("answers", () => {
  test("a refusal rejects with the till's sentence", async () => {
    const { host, posPluginSdk } = withHost();
    const asked = posPluginSdk.order.getOrder("9");
    host.answer("order.get.request", { complete: false, errorMessage: "없는 주문입니다" });
    const error = await asked.catch((thrown: unknown) => thrown);
    expect(PosPluginSdkError.isPosPluginSdkError(error)).toBe(true);
    expect(error).toMatchObject({ message: "없는 주문입니다" });
  });

  test("a refusal without a sentence still names the message", async () => {
    const { host, posPluginSdk } = withHost();
    const asked = posPluginSdk.order.getOrder("9");
    host.answer("order.get.request", { complete: false });
    await expect(asked).rejects.toThrow("order.get.request");
  });

  test("the callback id pairs them, whatever the order and the name", async () => {
    const { host, posPluginSdk } = withHost();
    const asked = [posPluginSdk.storage.get("a"), posPluginSdk.storage.get("b")];
    const [first, second] = host.named("storage.get.request");
    host.tell({ name: "anything", callbackId: second?.callbackId, data: { complete: true, value: "B" } });
    host.tell({ name: "anything", callbackId: first?.callbackId, data: { complete: true, value: "A" } });
    expect(await Promise.all(asked)).toEqual(["A", "B"]);
  });

  test.each([undefined, null, 7, "text", {}, { name: 7 }, { name: "x", callbackId: "nobody", data: {} }, { name: "order.change.event" }])(
    "%j changes nothing",
    async (message) => {
      const { host, posPluginSdk } = withHost();
      const asked = posPluginSdk.storage.get("a");
      host.tell(message);
      host.answer("storage.get.request", { complete: true, value: "A" });
      expect(await asked).toBe("A");
    },
  );

  test("data that cannot be copied is refused at once and nothing waits", async () => {
    const { posPluginSdk } = withHost();
    await expect(posPluginSdk.http.post("https://a.kr", () => 1)).rejects.toThrow("could not be cloned");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("no answer", () => {
  type Row = [name: string, call: (sdk: PosPluginSdk) => Promise<unknown>, message: string, waitsMs: number, tries: number];
  const rows: Row[] = [
    ["a read", (s) => s.order.getOrder("9"), "order.get.request", 30_000, 1],
    ["a write", (s) => s.payment.cancel({ id: "9" }, { id: "5" }), "payment.cancel.request", 30_000, 1],
    ["http with its own wait", (s) => s.http.get("https://a.kr", [], { timeoutMs: 5_000 }), "http.request", 6_000, 1],
    // Four waits of 30 s and pauses of 0, 1 and 2 s between them.
    ["storage", (s) => s.storage.set("k", "v"), "storage.set.request", 123_000, 4],
    ["secureStore", (s) => s.secureStore.get("k"), "secure-store.get.request", 123_000, 4],
    ["merchant", (s) => s.merchant.getMerchant(), "merchant.info.request", 123_000, 4],
    ["device", (s) => s.device.getDeviceInfo(), "device.info.request", 123_000, 4],
  ];
  test.each(rows)("%s", async (_, call, message, waitsMs, tries) => {
    const { host, posPluginSdk } = withHost();
    const ended = vi.fn();
    call(posPluginSdk).catch(ended);
    await vi.advanceTimersByTimeAsync(waitsMs - 1);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledWith(expect.any(PosPluginSdkTimeoutError));
    expect(host.named(message)).toHaveLength(tries);
    expect(new Set(host.named(message).map((each) => each.callbackId)).size).toBe(tries);
  });

  test.each([
    ["https://user:secret@a.kr:8443/orders?key=1", "https://a.kr:8443"],
    ["http://192.168.0.9", "http://192.168.0.9"],
    ["nonsense", "server"],
  ])("a server that keeps silent is named: %s", async (url, server) => {
    const { posPluginSdk } = withHost();
    const ended = vi.fn();
    posPluginSdk.http.post(url, {}, [], { timeoutMs: 3_000 }).catch(ended);
    await vi.advanceTimersByTimeAsync(4_000);
    const error = ended.mock.lastCall?.[0] as PosPluginSdkTimeoutError;
    expect(error).toBeInstanceOf(PosPluginSdkTimeoutError);
    expect(error.message).toBe(
      `${server}: 3000ms 안에 답이 없었어요. 요청이 나갔는지 알 수 없으니 확인한 뒤 다시 해 주세요 (no answer from ${server} within 3000 ms; whether the call left is not known)`,
    );
  });

  test("what the till says of a silent server is what is told", async () => {
    const { host, posPluginSdk } = withHost();
    const ended = vi.fn();
    posPluginSdk.http.post("https://a.kr/orders", {}, [], { timeoutMs: 3_000 }).catch(ended);
    await vi.advanceTimersByTimeAsync(3_001);
    host.answer("http.request", { complete: false, timedOut: true, errorMessage: "3000ms 안에 답이 없었어요. 서버가 처리하지 않았으니 다시 해도 돼요 (never left)" });
    await vi.advanceTimersByTimeAsync(0);
    const error = ended.mock.lastCall?.[0] as PosPluginSdkTimeoutError;
    expect(error).toBeInstanceOf(PosPluginSdkTimeoutError);
    expect(error.timeoutMs).toBe(3_000);
    expect(error.message).toBe("https://a.kr: 3000ms 안에 답이 없었어요. 서버가 처리하지 않았으니 다시 해도 돼요 (never left)");
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([2 ** 31, 1e12, Infinity])("a wait of %s ms is as long as a timer counts", async (timeoutMs) => {
    const { host, posPluginSdk } = withHost();
    const ended = vi.fn();
    posPluginSdk.http.get("https://a.kr", [], { timeoutMs }).catch(ended);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(ended).not.toHaveBeenCalled();
    expect(host.last("http.request").data).toMatchObject({ timeoutMs: 2 ** 31 - 1 });
  });

  test.each([NaN, 0, -1, -Infinity, "5"])("a wait of %s is refused before anything is sent", async (timeoutMs) => {
    const { host, posPluginSdk } = withHost();
    const asked = posPluginSdk.http.get("https://a.kr", [], { timeoutMs: timeoutMs as number });
    await expect(asked).rejects.toThrow(`timeoutMs: 1 이상의 밀리초를 숫자로 써 주세요. ${timeoutMs === "5" ? '"5"' : timeoutMs}은(는)`);
    expect(host.named("http.request")).toEqual([]);
  });

  test("a window on the screen waits a day", async () => {
    const { host, ui } = withHost();
    const asked = ui.openBarcode({ productName: "쿠폰" });
    await vi.advanceTimersByTimeAsync(24 * 3_600_000 - 1);
    host.answer("popup.request", { complete: true, data: { result: "CANCELLED" } });
    expect(await asked).toEqual({ result: "CANCELLED" });
  });

  test("an answer to the second try is taken", async () => {
    const { host, posPluginSdk } = withHost();
    const asked = posPluginSdk.storage.get("k");
    await vi.advanceTimersByTimeAsync(30_000);
    host.answer("storage.get.request", { complete: true, value: "v" });
    expect(await asked).toBe("v");
  });

  test("a refusal is not asked again", async () => {
    const { host, posPluginSdk } = withHost();
    const asked = posPluginSdk.storage.set("k", "v");
    host.answer("storage.set.request", { complete: false, errorMessage: "가득 찼습니다" });
    await expect(asked).rejects.toThrow("가득 찼습니다");
    expect(host.named("storage.set.request")).toHaveLength(1);
  });
});

describe("what is asked once", () => {
  test("the first message asks for the plugin's own name", () => {
    const host = new FakeHost();
    createSdk(host);
    expect(host.heard).toEqual([{ name: "plugin.info.request", version: 1, callbackId: expect.any(String) as string, data: {} }]);
  });

  test("calls share one question and its answer is kept", async () => {
    const { host, posPluginSdk } = withHost();
    const both = Promise.all([posPluginSdk.merchant.getMerchant(), posPluginSdk.merchant.getMerchant()]);
    host.answer("merchant.info.request", { complete: true, merchant: { id: 7 } });
    expect(await both).toEqual([{ id: 7 }, { id: 7 }]);
    expect(await posPluginSdk.merchant.getMerchant()).toEqual({ id: 7 });
    expect(host.named("merchant.info.request")).toHaveLength(1);
  });

  test("a refusal is not kept", async () => {
    const { host, posPluginSdk } = withHost();
    const refused = posPluginSdk.merchant.getMerchant();
    host.answer("merchant.info.request", { complete: false, errorMessage: "아직" });
    await expect(refused).rejects.toThrow("아직");
    const asked = posPluginSdk.merchant.getMerchant();
    await settle();
    host.answer("merchant.info.request", { complete: true, merchant: { id: 7 } });
    expect(await asked).toEqual({ id: 7 });
  });

  test("a message to another plugin waits for the own name", async () => {
    const host = new FakeHost();
    const { posPluginSdk } = createSdk(host);
    posPluginSdk.pluginUnicast.send("hi", "board");
    await settle();
    expect(host.named("plugin.unicast.send")).toEqual([]);
    host.answer("plugin.info.request", { complete: true, name: "stamp-card", version: "1" });
    await settle();
    expect(host.last("plugin.unicast.send").data).toEqual({ from: "stamp-card", to: "board", message: "hi" });
  });
});

describe("rate limit", () => {
  test("the 101st call in a minute is refused, not sent, and free again as the window slides", async () => {
    const { host, posPluginSdk } = withHost();
    for (let call = 0; call < 100; call += 1) void posPluginSdk.order.getOrder("9").catch(() => undefined);
    const refused = await posPluginSdk.order.getOrder("9").catch((error: unknown) => error);
    expect(PosPluginSdkRateLimitError.isPosPluginSdkRateLimitError(refused)).toBe(true);
    expect(refused).toMatchObject({ message: expect.stringContaining("60") as string });
    expect(host.named("order.get.request")).toHaveLength(100);
    await vi.advanceTimersByTimeAsync(60_000);
    void posPluginSdk.order.getOrder("9").catch(() => undefined);
    expect(host.named("order.get.request")).toHaveLength(101);
  });

  test("the 201st call in half an hour is refused", async () => {
    const { host, posPluginSdk } = withHost();
    for (let call = 0; call < 200; call += 1) {
      void posPluginSdk.order.getOrder("9").catch(() => undefined);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await expect(posPluginSdk.order.getOrder("9")).rejects.toThrow(PosPluginSdkRateLimitError);
    expect(host.named("order.get.request")).toHaveLength(200);
  });

  test("each method has its own, storage none", async () => {
    const { host, posPluginSdk } = withHost();
    for (let call = 0; call < 101; call += 1) {
      void posPluginSdk.order.getOrder("9").catch(() => undefined);
      void posPluginSdk.storage.get("k");
    }
    void posPluginSdk.order.cancel("9");
    await settle();
    expect(host.named("storage.get.request")).toHaveLength(101);
    expect(host.named("order.cancel.request")).toHaveLength(1);
  });
});

describe("handlers", () => {
  test("a second one for the same event replaces the first, another event's stays", () => {
    const { host, posPluginSdk } = withHost();
    const [first, second, other] = [vi.fn(), vi.fn(), vi.fn()];
    posPluginSdk.order.on("add", first);
    posPluginSdk.order.on("update", other);
    posPluginSdk.order.on("add", second);
    host.event("order.change.event", { event: "add", order: { id: "9" } });
    expect([first, second, other].map((each) => each.mock.calls.length)).toEqual([0, 1, 0]);
  });

  test("toast.on keeps many, and one that throws does not silence the next", () => {
    const { host, posPluginSdk } = withHost();
    const heard = vi.fn();
    posPluginSdk.toast.on("click", () => {
      throw new Error("first");
    });
    const stop = posPluginSdk.toast.on("click", heard);
    expect(() => host.event("toast.click", {})).toThrow("first");
    expect([stop(), stop()]).toEqual([true, false]);
    expect(() => host.event("toast.click", {})).toThrow("first");
    expect(heard).toHaveBeenCalledTimes(1);
  });

  test("a toast's button calls its own handler; the oldest of many are forgotten", () => {
    const { host, posPluginSdk } = withHost();
    const clicked: number[] = [];
    for (let toast = 0; toast < 101; toast += 1) {
      posPluginSdk.toast.warn({ message: "재고", button: { text: "보기", onClick: () => clicked.push(toast) } });
    }
    const ids = host.named("toast.open").map((message) => (message.data as { button: { id: string } }).button.id);
    for (const id of [ids[0], ids[100], ids[1]]) host.event("toast.button.click", { id });
    expect(clicked).toEqual([100, 1]);
  });

  test("a message for another plugin is not handed over", async () => {
    const { host, posPluginSdk } = withHost();
    const heard = vi.fn();
    posPluginSdk.pluginUnicast.listen("message", heard);
    host.event("plugin.unicast.event", { from: "a", to: "board", message: 1 });
    await settle();
    expect(heard).not.toHaveBeenCalled();
  });

  test("script errors are left to the till until the plugin asks for them", () => {
    const { host, posPluginSdk } = withHost();
    expect(host.scriptError(new Error("early"))).toBe(false);
    const heard = vi.fn();
    posPluginSdk.error.addErrorListener(heard);
    expect(host.scriptError(new Error("late"))).toBe(true);
    expect(heard).toHaveBeenCalledWith(new Error("late"));
  });

  test("two inputs with one id are refused", async () => {
    const { host, posPluginSdk } = withHost();
    const input = { type: "text", id: "url", label: "주소", required: true, default: "" } as const;
    await expect(posPluginSdk.setting.setInputs([input, input])).rejects.toThrow("'url'");
    expect(host.named("setting.set-inputs.request")).toEqual([]);
  });
});

describe("questions from the till", () => {
  const cancelling = { event: "before-cancel", payload: { order: { id: "9" }, payment: { id: "5", amountMoney: 4500 } } };
  const answer = (message: { data: unknown } | undefined) => message?.data;

  test("a cancellation is allowed without a handler", async () => {
    const { host } = withHost();
    const message = await host.ask("payment.event", cancelling);
    expect(message).toMatchObject({ name: "payment.event.response", data: { complete: true, event: "before-cancel" } });
  });

  test("a handler that rejects forbids it", async () => {
    const { host, posPluginSdk } = withHost();
    posPluginSdk.payment.on("before-cancel", ({ payment }) => Promise.reject(new Error(`${payment.amountMoney}원은 안 됩니다`)));
    expect(answer(await host.ask("payment.event", cancelling))).toEqual({ complete: false, errorMessage: "4500원은 안 됩니다" });
  });

  test("a handler that throws at once forbids it too", async () => {
    const { host, posPluginSdk } = withHost();
    posPluginSdk.payment.on("before-cancel", () => {
      throw new Error("점장 승인이 필요합니다");
    });
    expect(answer(await host.ask("payment.event", cancelling))).toMatchObject({ complete: false });
  });

  test("before-add: silence without a handler, first values with one", async () => {
    const { host, posPluginSdk } = withHost();
    expect(await host.ask("catalog-item.before-add-health-check", {})).toBeUndefined();
    posPluginSdk.catalog.on("before-add", ({ payload }) => Promise.resolve({ initialValue: { title: payload } }));
    expect(answer(await host.ask("catalog-item.before-add-health-check", {}))).toEqual({});
    expect(answer(await host.ask("catalog-item.event", { event: "before-add", payload: "라떼" }))).toEqual({
      complete: true,
      event: "before-add",
      payload: { initialValue: { title: "라떼" } },
    });
  });

  describe("payment method", () => {
    type Paid = { paymentKey: string; approvedAt: string } | undefined;
    const rows: [string, () => Promise<Paid>, object][] = [
      [
        "pays",
        () => Promise.resolve({ paymentKey: "k", approvedAt: "t" }),
        { complete: true, paymentDto: { approvedAt: "t", approvedNo: "", paymentKey: "k" } },
      ],
      ["pays by itself", () => Promise.resolve(undefined), { complete: true }],
      ["declines", () => Promise.reject(new Error("포인트가 모자랍니다")), { complete: false, errorMessage: "포인트가 모자랍니다" }],
    ];
    test.each(rows)("%s", async (_, payCallback, expected) => {
      const { host, posPluginSdk } = withHost();
      const data = { id: "point", image: "", paymentName: "포인트" };
      posPluginSdk.paymentMethod.add({ data, payCallback, cancelCallback: () => Promise.resolve({ refunded: true }) });
      const message = await host.ask("payment.method.event", { event: "pay", id: "point", order: {}, price: {} });
      expect(answer(message)).toEqual({ event: "pay", id: "point", ...expected });
      const cancelled = await host.ask("payment.method.event", { event: "cancel", id: "point", order: {}, payment: {} });
      expect(answer(cancelled)).toMatchObject({ event: "cancel", complete: true, cancelledPaymentDto: { refunded: true } });
    });

    test("one that was never offered is refused", async () => {
      const { host } = withHost();
      expect(answer(await host.ask("payment.method.event", { event: "pay", id: "gone" }))).toMatchObject({ complete: false });
    });
  });

  test("a question nobody knows is refused by its name", async () => {
    const { host } = withHost();
    expect(answer(await host.ask("tarot.event", {}))).toMatchObject({
      complete: false,
      errorMessage: expect.stringContaining("tarot.event.request") as string,
    });
  });
});

describe("websocket", () => {
  async function connected() {
    const { host, posPluginSdk } = withHost();
    const created = posPluginSdk.websocket.create("wss://a.kr");
    const hear = (data: object) => host.event("websocket.event", { url: "wss://a.kr", ...data });
    hear({ event: "open" });
    hear({ event: "message", data: "hello" });
    host.answer("websocket.connect.request", { complete: true });
    return { host, hear, socket: await created };
  }

  test("a server's first words are not lost", async () => {
    const { hear, socket } = await connected();
    const heard: string[] = [];
    socket.onMessage((text) => heard.push(text));
    hear({ event: "message", data: "again" });
    expect(heard).toEqual(["hello", "again"]);
  });

  test("open, close and error reach their handlers", async () => {
    const { host, hear, socket } = await connected();
    const heard: unknown[] = [];
    socket.onOpen(() => heard.push("open"));
    socket.onClose((code) => heard.push(code));
    socket.onError((...args) => heard.push(args));
    hear({ event: "error", errorName: "E", errorMessage: "m" });
    hear({ event: "close", code: "1006" });
    const again = socket.connect();
    hear({ event: "open" });
    host.answer("websocket.connect.request", { complete: true });
    await again;
    expect(heard).toEqual([["E", "m"], "1006", "open"]);
  });

  test("sends text, and closes with any answer", async () => {
    const { host, socket } = await connected();
    socket.send({ data: "hi" });
    expect(host.last("websocket.send")).toEqual({ name: "websocket.send", version: 1, data: { url: "wss://a.kr", data: "hi", option: undefined } });
    const closed = socket.disconnect();
    host.answer("websocket.disconnect.request", {});
    await closed;
  });

  test("a server that cannot be reached rejects", async () => {
    const { host, posPluginSdk } = withHost();
    const created = posPluginSdk.websocket.create("wss://a.kr");
    host.answer("websocket.connect.request", { complete: false, errorMessage: "허용되지 않은 주소입니다" });
    await expect(created).rejects.toThrow("허용되지 않은 주소입니다");
  });
});

test("without a till every call says so, at once", async () => {
  const { posPluginSdk } = createSdk(undefined);
  await expect(posPluginSdk.order.getOrder("9")).rejects.toThrow("madang dev");
  expect(() => posPluginSdk.toast.open("x")).toThrow("madang dev");
});
