// What each method posts, and what it makes of the till's answer.
import { beforeEach, expect, test, vi } from "vitest";
import type { PosPluginSdk } from "../src/sdk.js";
import type { Ui } from "../src/ui.js";
import { settle, withHost } from "./fake-host.js";

beforeEach(() => void vi.useFakeTimers());

type Call = (sdk: PosPluginSdk, ui: Ui) => unknown;

async function checkRequest(call: Call, name: string, data: object, answer: object, result: unknown): Promise<void> {
  const { host, posPluginSdk, ui } = withHost();
  const answered = call(posPluginSdk, ui);
  await settle();
  const message = host.last(name);
  expect(message).toEqual({ name, version: 1, callbackId: expect.stringMatching(/^[0-9A-Za-z]{10}$/) as string, data });
  host.answer(name, { complete: true, ...answer });
  expect(await answered).toEqual(result);
}

const lines = [{ optionChoices: [{ id: 1, quantity: 1 }, { id: 2, quantity: 1 }, { id: 1, quantity: 2 }] }];
const summed = [{ optionChoices: [{ id: 1, quantity: 3 }, { id: 2, quantity: 1 }] }];
const toggle = { type: "toggle", id: "on", label: "사용", required: true, default: true } as const;
const button = { type: "danger", id: "reset", text: "초기화" } as const;
const submit = { type: "cta", id: "ok", text: "확인", ctaType: "primary" } as const;
const order = { lineItems: lines, discounts: [] } as never;
const payment = { sourceType: "CASH", amountMoney: 4500 } as never;
const queried = { start: "a", end: "b", page: 1, size: 9 };
const combined = ["OPENED", "PAID", "CANCELLED", "COMPLETED", "REFUNDED"];

const requests: [Call, string, object, object, unknown][] = [
  [(s) => s.merchant.getMerchant(), "merchant.info.request", {}, { merchant: { id: 7 } }, { id: 7 }],
  [(s) => s.device.getDeviceInfo(), "device.info.request", {}, { device: { name: "till" } }, { name: "till" }],
  [(s) => s.catalog.getCatalog(3), "catalog-item.get.request", { catalog: { id: 3 } }, { catalog: { id: 3 } }, { id: 3 }],
  [(s) => s.catalog.getCatalogs(), "catalog-item.list.request", {}, { catalogs: [] }, []],
  [(s) => s.category.getCategory(3), "catalog-category.get.request", { category: { id: 3 } }, { category: { id: 3 } }, { id: 3 }],
  [(s) => s.category.getCategories(), "catalog-category.list.request", {}, { categories: [] }, []],
  [(s) => s.option.getOption(3), "catalog-item-option.get.request", { option: { id: 3 } }, { option: { id: 3 } }, { id: 3 }],
  [(s) => s.option.getOptions(), "catalog-item-option.list.request", {}, { options: [] }, []],
  [(s) => s.table.getHalls(), "hall.list.request", {}, { halls: [] }, []],
  [(s) => s.table.getTables(), "table.list.request", {}, { tables: [] }, []],
  [(s) => s.table.getTable(4), "table.get.request", { table: { id: 4 } }, { table: { id: 4 } }, { id: 4 }],
  [(s) => s.order.getOrder("9"), "order.get.request", { id: "9" }, { order: { id: "9" } }, { id: "9" }],
  [
    (s) => s.order.getOrders({ ...queried, orderStates: ["OPENED"] }),
    "order.get-list.request",
    { ...queried, status: ["OPENED"], orderStates: ["OPENED"], states: combined },
    { orders: [] },
    [],
  ],
  [(s) => s.order.search({ tableId: 4, ...queried }), "order.search.request", { tableId: 4, ...queried }, { orders: [] }, []],
  [(s) => s.order.add(order), "order.add.request", { order: { lineItems: summed, discounts: [] } }, { order: { id: "9" } }, { id: "9" }],
  [
    (s) => s.order.addMenu("9", order),
    "order.add-menu.request",
    { id: "9", order: { lineItems: summed, discounts: [] } },
    { order: { id: "9" } },
    { id: "9" },
  ],
  [(s) => s.order.cancel("9"), "order.cancel.request", { id: "9" }, {}, undefined],
  [(s) => s.order.complete("9"), "order.complete.request", { id: "9" }, { order: { id: "9" } }, { id: "9" }],
  [(s) => s.payment.getPayment("5"), "payment.get.request", { id: "5" }, { payment: { id: "5" } }, { id: "5" }],
  [
    (s) => s.payment.add({ id: "9" }, payment),
    "payment.add.request",
    { order: { id: "9" }, paymentDto: { sourceType: "CASH", amountMoney: 4500 } },
    { payment: { id: "5" } },
    { id: "5" },
  ],
  [(s) => s.payment.cancel({ id: "9" }, { id: "5" }), "payment.cancel.request", { order: { id: "9" }, payment: { id: "5" } }, {}, undefined],
  [
    (s) => s.cashReceipt.add({ orderId: "9", amount: 1, issueDate: "d", issueNumber: "n", cardNumber: "c" }),
    "cash-receipt.issue.request",
    { orderId: "9", amount: 1, issueDate: "d", issueNumber: "n", cardNumber: "c" },
    {},
    undefined,
  ],
  [(s) => s.draftOrder.get(), "draft-order.get.request", {}, { draftOrder: { lineItems: [] } }, { lineItems: [] }],
  [(s) => s.draftOrder.clear(), "draft-order.clear.request", {}, {}, undefined],
  [(s) => s.draftOrder.addLineItem({ key: "k" } as never), "draft-order.add-line-item.request", { lineItem: { key: "k" } }, { draftOrder: 1 }, 1],
  [(s) => s.draftOrder.deleteLineItem("k"), "draft-order.delete-line-item.request", { key: "k" }, { draftOrder: 1 }, 1],
  [(s) => s.draftOrder.updateItemQuantity("k", 2), "draft-order.update-item-quantity.request", { key: "k", quantity: 2 }, { draftOrder: 1 }, 1],
  [(s) => s.draftOrder.updateItemMemo("k", "m"), "draft-order.update-item-memo.request", { key: "k", memo: "m" }, { draftOrder: 1 }, 1],
  [
    (s) => s.draftOrder.updateItemOptionChoice("k", []),
    "draft-order.update-item-option-choices.request",
    { key: "k", optionChoices: [] },
    { draftOrder: 1 },
    1,
  ],
  [(s) => s.draftOrder.updateIgnorePrint(true), "draft-order.update-is-ignore-print.request", { ignorePrint: true }, { draftOrder: 1 }, 1],
  [(s) => s.draftOrder.deleteDiscount(0), "draft-order.delete-discount.request", { indexOfDiscount: 0 }, { draftOrder: 1 }, 1],
  [
    (s) => s.draftOrder.deleteItemDiscount("k", 0),
    "draft-order.delete-item-discount.request",
    { key: "k", indexOfDiscount: 0 },
    { draftOrder: 1 },
    1,
  ],
  [(s) => s.draftOrder.startPayment(), "draft-order.start-payment", {}, {}, undefined],
  [
    (s) => s.kdsOrder.getKdsOrderItems({ page: 1 }),
    "kds-order-item.get-list.request",
    { page: 1 },
    { contents: [], last: true, totalElements: 0 },
    { contents: [], last: true, totalElements: 0 },
  ],
  [
    (s) => s.http.post("https://a.kr", { a: 1 }, [["x", "y"]]),
    "http.request",
    { url: "https://a.kr", method: "POST", payload: { a: 1 }, headers: [["x", "y"]] },
    { body: "no", headers: [], code: 404 },
    { body: "no", headers: [], code: 404 },
  ],
  [
    (s) => s.http.get("https://a.kr"),
    "http.request",
    { url: "https://a.kr", method: "GET", payload: undefined, headers: [] },
    { body: "", headers: [], code: 200 },
    { body: "", headers: [], code: 200 },
  ],
  [(s) => s.storage.get("k"), "storage.get.request", { key: "k" }, { value: "v" }, "v"],
  [(s) => s.storage.get("k"), "storage.get.request", { key: "k" }, { value: null }, undefined],
  [(s) => s.storage.set("k", "v"), "storage.set.request", { key: "k", value: "v" }, {}, undefined],
  [(s) => s.storage.del("k"), "storage.delete.request", { key: "k" }, {}, undefined],
  [(s) => s.secureStore.get("k"), "secure-store.get.request", { key: "k" }, { value: "v" }, "v"],
  [(s) => s.secureStore.set("k", "v"), "secure-store.set.request", { key: "k", value: "v" }, {}, undefined],
  [(s) => s.secureStore.del("k"), "secure-store.delete.request", { key: "k" }, {}, undefined],
  [(s) => s.setting.setInputs([toggle, button]), "setting.set-inputs.request", { on: toggle, reset: button }, {}, undefined],
  [(s) => s.setting.getValues(), "setting.values.request", {}, { settings: { on: true } }, { on: true }],
  [
    (_, ui) => ui.openBarcode({ productName: "쿠폰" }),
    "popup.request",
    { type: "barcode", productName: "쿠폰" },
    { type: "barcode", data: { result: "SUCCESS", barcode: "88" } },
    { result: "SUCCESS", barcode: "88" },
  ],
  [
    (_, ui) => ui.openInputModal({ title: "t", inputs: [toggle], cta: { submit } }),
    "popup.request",
    { type: "input", title: "t", description: undefined, inputs: [toggle], cta: { submit } },
    { type: "input", data: { result: "CANCELLED" } },
    { result: "CANCELLED" },
  ],
  [(s) => s.powerSaver.startBlocking(), "power-saver.start-blocking.request", {}, {}, undefined],
  [(s) => s.powerSaver.stopBlocking(), "power-saver.stop-blocking.request", {}, {}, undefined],
  [(s) => s.powerSaver.isBlocked(), "power-saver.is-blocked.request", {}, { isBlocked: true }, true],
  [(s) => s.barcode.send("88"), "barcode.send.request", { barcode: "88" }, {}, undefined],
  [
    async (s) => (await s.websocket.create("wss://a.kr", { a: "b" }, { timeout: 5 })).url,
    "websocket.connect.request",
    { url: "wss://a.kr", headers: { a: "b" }, timeout: 5 },
    {},
    "wss://a.kr",
  ],
];

test.each(requests)("%s → %s", checkRequest);

const sends: [Call, string, number, unknown][] = [
  [(s) => s.toast.open("안녕"), "toast.open", 1, { message: "안녕" }],
  [(s) => s.toast.success({ message: "a" }), "toast.open", 2, { message: "a", level: "success" }],
  [(s) => s.toast.warn({ message: "a" }), "toast.open", 2, { message: "a", level: "warn" }],
  [(s) => s.toast.error({ message: "a" }), "toast.open", 2, { message: "a", level: "error" }],
  [(s) => s.alert.open({ a: 1 }), "alert.open", 1, { a: 1 }],
  [(s) => s.sound.play({ a: 1 }), "sound.play", 1, { a: 1 }],
  [(s) => s.navigation.navigate("business-type-setting"), "navigation.navigate", 1, { page: "business-type-setting" }],
  [(s) => s.navigation.navigate("plugin-tab", "board"), "navigation.navigate", 1, { page: "plugin-tab", packageName: "board" }],
  [(s) => s.pluginUnicast.send({ a: 1 }, "board"), "plugin.unicast.send", 1, { from: "stamp-card", to: "board", message: { a: 1 } }],
  [
    (s) => s.paymentMethod.add({ data: { id: "point", image: "i", paymentName: "포인트", other: 1 }, payCallback: never, cancelCallback: never }),
    "payment.method.add",
    1,
    { id: "point", image: "i", paymentName: "포인트" },
  ],
];

test.each(sends)("%s → %s, unanswered", async (call, name, version, data) => {
  const { host, posPluginSdk, ui } = withHost();
  call(posPluginSdk, ui);
  await settle();
  expect(host.last(name)).toEqual({ name, version, data });
});

function never(): Promise<undefined> {
  return Promise.reject(new Error("not called"));
}

type Listen = (sdk: PosPluginSdk, heard: (...args: unknown[]) => void) => unknown;
const events: [Listen, string, object, unknown[]][] = [
  [(s, f) => s.catalog.on("update", f), "catalog-item.change.event", { event: "update", catalog: { id: 3 } }, [3]],
  [(s, f) => s.category.on("add", f), "catalog-category.change.event", { event: "add", category: { id: 3 } }, [3]],
  [(s, f) => s.option.on("sold-out", f), "catalog-item-option.change.event", { event: "sold-out", option: { id: 3 } }, [3]],
  [(s, f) => s.order.on("add", f), "order.change.event", { event: "add", order: { id: "9" } }, ["9"]],
  [(s, f) => s.payment.on("paid", f), "payment.change.event", { event: "paid", payment: { id: "5" }, order: { id: "9" } }, ["5", "9"]],
  [(s, f) => s.table.on("clear", f), "table.change.event", { event: "clear", table: { id: 4 } }, [4]],
  [
    (s, f) => s.table.on("move", f),
    "table.change.event",
    { event: "move", order: { id: "9" }, from: { table: { id: 1 } }, to: { table: { id: 2 } } },
    [{ order: { id: "9" }, from: { table: { id: 1 } }, to: { table: { id: 2 } } }],
  ],
  [
    (s, f) => s.table.on("merge", f),
    "table.change.event",
    { event: "merge", from: { table: { id: 1 }, order: { id: "8" } }, to: { table: { id: 2 }, order: { id: "9" } } },
    [{ from: { table: { id: 1 }, order: { id: "8" } }, to: { table: { id: 2 }, order: { id: "9" } } }],
  ],
  [(s, f) => s.kdsOrder.on("add", f), "kds-order-item.change.event", { event: "add", kdsOrder: { id: "k" } }, ["k"]],
  [(s, f) => s.draftOrder.on("update", f), "draft-order.change.event", { event: "update", draftOrder: { lineItems: [] } }, [{ lineItems: [] }]],
  [(s, f) => s.setting.on("change", f), "setting.change.event", { anything: 1 }, []],
  [(s, f) => s.barcode.on("scan", f), "barcode.event", { barcode: "88" }, ["88"]],
  [(s, f) => s.toast.on("click", f), "toast.click", {}, []],
  [
    (s, f) => s.pluginUnicast.listen("message", f),
    "plugin.unicast.event",
    { from: "board", to: "stamp-card", message: { a: 1 } },
    [{ a: 1 }, "board"],
  ],
];

test.each(events)("%s hears %s", async (listen, name, data, args) => {
  const { host, posPluginSdk } = withHost();
  const heard = vi.fn();
  listen(posPluginSdk, heard);
  host.event(name, data);
  await settle();
  expect(heard.mock.calls).toEqual([args]);
});
