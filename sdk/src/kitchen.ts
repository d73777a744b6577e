import { Handlers, pick, type Client } from "./client.js";
import type { PluginOrderDiningOption } from "./common.js";
import type { PluginOrder } from "./orders.js";

/** How far a kitchen ticket is. */
export type PluginKdsOrderItemState = "OPENED" | "COMPLETED" | "CANCELLED";
/** Why a ticket came to the kitchen; tills may name more. */
export type PluginKdsOrderRequestType = "NEW" | "ADDED" | "CHANGED" | "CANCELLED" | "MERGED" | (string & {});
/** A line of a ticket; its members vary. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tills do not agree on its members
export type PluginKdsLineItem = any;

/** A kitchen ticket. */
export interface PluginKdsOrderItem {
  id: string;
  state: PluginKdsOrderItemState;
  order: PluginOrder;
  lineItems: PluginKdsLineItem[];
  diningOption: PluginOrderDiningOption;
  totalQuantity: number;
  orderRequestType: PluginKdsOrderRequestType;
  cancelledAt: string;
  completedAt: string;
  createdAt: string;
  updatedAt: string;
}

/** Which tickets to list; its members vary. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tills do not agree on its members
export type PluginGetKdsOrderItemsPayload = Record<string, any>;

/** A page of tickets. */
export interface PluginGetKdsOrderItemsResult {
  contents: PluginKdsOrderItem[];
  last: boolean;
  totalElements: number;
}

/** The kitchen display. Read only. */
export interface KdsOrder {
  /**
   * A page of tickets. Permission `kds = ["read"]`. At most 100 calls in 60 s and 200 in 30 min.
   * @example const { contents } = await posPluginSdk.kdsOrder.getKdsOrderItems({ page: 1, size: 50 });
   */
  getKdsOrderItems(q: PluginGetKdsOrderItemsPayload): Promise<PluginGetKdsOrderItemsResult>;
  /**
   * Changes of tickets, by id. One handler an event. Permission `kds = ["read"]`.
   * @example posPluginSdk.kdsOrder.on("add", (ticketId) => console.log(ticketId));
   */
  on(event: string, cb: (kdsOrderItemId: string) => void): void;
}

/** @internal */
export function createKdsOrder(client: Client): KdsOrder {
  const changes = new Handlers<(kdsOrderItemId: string) => void>();
  client.onEvent("kds-order-item.change.event", (data) => changes.of(data["event"])?.(pick(data, "kdsOrder", "id") as string));
  return {
    async getKdsOrderItems(q) {
      const answer = await client.request("kds-order-item.get-list.request", q, { limitedAs: "kdsOrder.getKdsOrderItems" });
      const { contents, last, totalElements } = answer;
      return { contents, last, totalElements } as PluginGetKdsOrderItemsResult;
    },
    on: (event, cb) => changes.set(event, cb),
  };
}
