import type { CatalogItemOptionChoiceState, PluginCatalogCategory } from "./catalog.js";
import { Handlers, pick, type Client, type Data } from "./client.js";
import type { OrderItemType, PluginDiscount, PluginLanguagePack, PluginOrderDiningOption } from "./common.js";
import type { PluginPayment } from "./payments.js";
import type { PluginTable } from "./tables.js";

/** How far the order itself is. */
export type PluginOrderState = "REQUESTED" | "OPENED" | "COMPLETED" | "CANCELLED";
/** How far its payment is: OPENED unpaid, PAID partly, COMPLETED fully, REFUNDED when every payment was cancelled. */
export type PluginOrderPaymentState = "OPENED" | "PAID" | "CANCELLED" | "COMPLETED" | "REFUNDED";

/** A chosen option of a line that is being added. */
export interface PluginOrderItemItemOptionChoiceDto {
  id: number;
  quantity: number;
}

/** A line that is being added. */
export interface PluginOrderItemDto {
  diningOption: PluginOrderDiningOption;
  item: { id: number; title: string; category: PluginCatalogCategory; code?: string; type: OrderItemType };
  quantity: { value: number };
  /** Whole won really charged for the line. */
  chargePrice: { value: number };
  /** Choices with the same id are added up before sending. */
  optionChoices: PluginOrderItemItemOptionChoiceDto[];
  discounts?: PluginDiscount[];
  memo?: string;
}

/** An order that is being added. */
export interface PluginOrderDto {
  /** A key of the plugin's own, with which a repeated `add` can be recognised. */
  orderKey?: string;
  memo?: string;
  numGuests?: number;
  discounts: PluginDiscount[];
  tableId?: number;
  lineItems: PluginOrderItemDto[];
  channel?: { groups: Array<"POS" | "KIOSK" | "DELIVERY" | "TABLE_ORDER" | "MOBILE_ORDER"> };
}

/** A chosen option of a line. */
export interface PluginOrderItemOptionChoice {
  id: number;
  title: string;
  titleI18n?: PluginLanguagePack | null;
  /** Whole won. */
  priceValue: number;
  imageUrl?: string | null;
  state: CatalogItemOptionChoiceState;
  quantity: number;
}

/** A line of an order. */
export interface PluginOrderItem {
  id: string;
  orderId: string;
  diningOption: PluginOrderDiningOption;
  item: { id: number; title: string; category: PluginCatalogCategory; type: OrderItemType; code?: string; priceValue?: number };
  quantity: { value: number };
  /** Whole won charged for the line. */
  chargePrice: { value: number };
  optionChoices: PluginOrderItemOptionChoice[];
  discounts?: PluginDiscount[];
  memo?: string;
}

/** The sums of an order, in whole won. */
export interface PluginPrice {
  chargeDiscountValue: number;
  chargeListPriceValue: number;
  chargePriceValue: number;
  chargeSupplyValue: number;
  chargeTaxValue: number;
  chargeTipValue: number;
}

/** An order. Times are local, `YYYY-MM-DDTHH:mm:ss`. */
export interface PluginOrder {
  id: string;
  tableId?: number | null;
  table?: PluginTable | null;
  orderKey: string;
  /** Order and payment state in one, as older tills had it. */
  state?: PluginOrderPaymentState;
  paymentState: PluginOrderPaymentState;
  orderState: PluginOrderState;
  lineItems: PluginOrderItem[];
  discounts?: PluginDiscount[] | null;
  payments: PluginPayment[];
  chargePrice: PluginPrice;
  /** Whole won; fully paid when `paymentUnpaidValue` is 0. */
  paymentPrice: { paymentUnpaidValue: number; paymentPaidValue: number };
  requestedInfo?: {
    requestAt: string;
    expiredAt: string;
    expectedReadyAt: string;
    estimatedReadyAt?: string | null;
    acceptedAt?: string | null;
    declinedAt?: string | null;
    declinedReason?: string | null;
  } | null;
  source: string;
  numGuests?: number | null;
  memo?: string | null;
  openedAt?: string | null;
  createdAt: string;
  updatedAt?: string | null;
  cancelledAt?: string | null;
  completedAt?: string | null;
}

/** Orders. Rate limited: 100 calls in 60 s and 200 in 30 min for each method. */
export interface Order {
  /**
   * One order with its payments. Permission `order = ["read"]`. Rejects when there is none.
   * @example const order = await posPluginSdk.order.getOrder(orderId);
   */
  getOrder(orderId: string): Promise<PluginOrder>;
  /**
   * The orders of a span of time, a page at a time (first page 1), until fewer than `size` come back. Permission `order = ["read"]`.
   * @example const today = await posPluginSdk.order.getOrders({ start, end, page: 1, size: 100 });
   */
  getOrders(q: { start: string; end: string; page: number; size: number; orderStates?: PluginOrderState[] }): Promise<PluginOrder[]>;
  /**
   * Orders of a table or in a state. Permission `order = ["read"]`.
   * @example const open = await posPluginSdk.order.search({ tableId: 7, orderState: "OPENED" });
   */
  search(q: { tableId?: number; orderState?: PluginOrderState; start?: string; end?: string; page?: number; size?: number }): Promise<PluginOrder[]>;
  /**
   * Adds an order. Sent once: after a timeout look for its `orderKey` before adding again. Permission `order = ["write"]`.
   * @example await posPluginSdk.order.add({ orderKey: "web-1042", discounts: [], lineItems });
   */
  add(order: PluginOrderDto): Promise<PluginOrder>;
  /**
   * Adds lines to an open order. Sent once. Permission `order = ["write"]`. Rejects when the order is paid or closed.
   * @example await posPluginSdk.order.addMenu(orderId, { discounts: [], lineItems: [dessert] });
   */
  addMenu(orderId: string, order: PluginOrderDto): Promise<PluginOrder>;
  /**
   * Cancels the order, not its payments. Permission `order = ["cancel"]`.
   * @example await posPluginSdk.order.cancel(orderId);
   */
  cancel(orderId: string): Promise<void>;
  /**
   * Completes an order of a shop that is paid afterwards. Permission `order = ["write"]`. Rejects elsewhere.
   * @example await posPluginSdk.order.complete(orderId);
   */
  complete(orderId: string): Promise<PluginOrder>;
  /**
   * Changes of orders, by id; the same one may come twice. One handler an event: a second call replaces the first.
   * Permission `order = ["read"]`.
   * @example posPluginSdk.order.on("add", async (id) => console.log(await posPluginSdk.order.getOrder(id)));
   */
  on(event: "add" | "update" | "accept" | "decline" | "expire" | "complete", cb: (orderId: string) => void): void;
  /**
   * An order was cancelled.
   * @deprecated Use `payment.on("cancel")`.
   */
  on(event: "cancel", cb: (orderId: string) => void): void;
}

/** Sent with every query for older tills, which know one combined state. */
const COMBINED_STATES = ["OPENED", "PAID", "CANCELLED", "COMPLETED", "REFUNDED"];

/** @internal */
export function createOrder(client: Client): Order {
  const changes = new Handlers<(orderId: string) => void>();
  client.onEvent("order.change.event", (data) => changes.of(data["event"])?.(pick(data, "order", "id") as string));
  const request = (method: string, name: string, data: Data) => client.request(name, data, { limitedAs: `order.${method}` });
  return {
    async getOrder(orderId) {
      return (await request("getOrder", "order.get.request", { id: orderId }))["order"] as PluginOrder;
    },
    async getOrders({ start, end, page, size, orderStates }) {
      const query = { start, end, page, size, status: orderStates, orderStates, states: COMBINED_STATES };
      return (await request("getOrders", "order.get-list.request", query))["orders"] as PluginOrder[];
    },
    async search({ tableId, orderState, start, end, page, size }) {
      const query = { tableId, orderState, start, end, page, size };
      return (await request("search", "order.search.request", query))["orders"] as PluginOrder[];
    },
    async add(order) {
      return (await request("add", "order.add.request", { order: withSummedChoices(order) }))["order"] as PluginOrder;
    },
    async addMenu(orderId, order) {
      const data = { id: orderId, order: withSummedChoices(order) };
      return (await request("addMenu", "order.add-menu.request", data))["order"] as PluginOrder;
    },
    async cancel(orderId) {
      await request("cancel", "order.cancel.request", { id: orderId });
    },
    async complete(orderId) {
      return (await request("complete", "order.complete.request", { id: orderId }))["order"] as PluginOrder;
    },
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one method serves the deprecated event as well
    on: (event: string, cb: (orderId: string) => void) => changes.set(event, cb),
  };
}

function withSummedChoices(order: PluginOrderDto): PluginOrderDto {
  return {
    ...order,
    lineItems: order.lineItems.map((line) => ({ ...line, optionChoices: summedById(line.optionChoices) })),
  };
}

/** A till keeps one entry a choice: the second of two with the same id would replace the first. */
function summedById(choices: PluginOrderItemItemOptionChoiceDto[]): PluginOrderItemItemOptionChoiceDto[] {
  const byId = new Map<number, PluginOrderItemItemOptionChoiceDto>();
  for (const choice of choices) {
    const quantity = (byId.get(choice.id)?.quantity ?? 0) + choice.quantity;
    byId.set(choice.id, { ...choice, quantity });
  }
  return [...byId.values()];
}
