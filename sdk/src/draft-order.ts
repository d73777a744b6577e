import type { PluginCatalogCategory, PluginCatalogItemPriceType } from "./catalog.js";
import { Handlers, type Client, type Data } from "./client.js";
import type { OrderItemType, PluginDiscount, PluginOrderDiningOption } from "./common.js";
import type { PluginOrderItemOptionChoice } from "./orders.js";

/** A line that is being put into the cart. Amounts in whole won. */
export interface PluginDraftOrderItemDto {
  /** Give each line its own, `createCallbackId(21)`: some tills cannot delete a line without. */
  key?: string;
  /** Best the whole item as the catalog gives it: tills read more than these members, `options` among them. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a whole catalog item is welcome here
  item: { id: number; title: string; category: PluginCatalogCategory; type: OrderItemType; [k: string]: any };
  itemPrice: {
    isTaxFree: boolean;
    priceType: PluginCatalogItemPriceType;
    priceUnit: number;
    priceValue: number;
    sku?: string;
    title: string;
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a whole catalog price is welcome here
    [k: string]: any;
  };
  discount: PluginDiscount[];
  memo?: string;
  optionChoices: PluginOrderItemOptionChoice[];
  quantity: number;
  diningOption: PluginOrderDiningOption;
  /** What staff may not change. */
  metadata?: { memoFixed?: boolean; optionFixed?: boolean; quantityFixed?: boolean };
}

/** A line of the cart. */
export interface PluginDraftOrderItem extends PluginDraftOrderItemDto {
  key: string;
  lineItemId?: string;
}

/** The cart of the till's order tab. */
export interface PluginDraftOrder {
  lineItems: PluginDraftOrderItem[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tills add members of their own
  price?: { orderPriceValue: number; [k: string]: any };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tills add members of their own
  [k: string]: any;
}

/** The cart of the till's order tab: what staff are entering now. Lines are named by their `key`. */
export interface DraftOrder {
  /**
   * The cart as it is. Permission `draft-order = ["read"]`.
   * @example const { lineItems } = await posPluginSdk.draftOrder.get();
   */
  get(): Promise<PluginDraftOrder>;
  /**
   * Empties the cart, what staff entered included. Permission `draft-order = ["write"]`.
   * @example await posPluginSdk.draftOrder.clear();
   */
  clear(): Promise<void>;
  /**
   * Adds a line. Permission `draft-order = ["write"]`. Rejects for an unknown item or a sold-out one.
   * @example await posPluginSdk.draftOrder.addLineItem({ key: createCallbackId(21), item, itemPrice: item.price, discount: [], memo: "", optionChoices: [], quantity: 1, diningOption: "HERE" });
   */
  addLineItem(lineItem: PluginDraftOrderItemDto): Promise<PluginDraftOrder>;
  /**
   * Takes a line out. Permission `draft-order = ["write"]`. Rejects when there is no such line.
   * @example await posPluginSdk.draftOrder.deleteLineItem(line.key);
   */
  deleteLineItem(key: string): Promise<PluginDraftOrder>;
  /**
   * Sets a line's quantity, 1 or more. Permission `draft-order = ["write"]`.
   * @example await posPluginSdk.draftOrder.updateItemQuantity(line.key, 3);
   */
  updateItemQuantity(key: string, quantity: number): Promise<PluginDraftOrder>;
  /**
   * Sets a line's memo. Permission `draft-order = ["write"]`.
   * @example await posPluginSdk.draftOrder.updateItemMemo(line.key, "얼음 적게");
   */
  updateItemMemo(key: string, memo: string): Promise<PluginDraftOrder>;
  /**
   * Replaces a line's choices. Permission `draft-order = ["write"]`. Rejects when the item's minimum or maximum is broken.
   * @example await posPluginSdk.draftOrder.updateItemOptionChoice(line.key, choices);
   */
  updateItemOptionChoice(key: string, optionChoices: PluginOrderItemOptionChoice[]): Promise<PluginDraftOrder>;
  /**
   * Whether this order prints nothing. Permission `draft-order = ["write"]`.
   * @example await posPluginSdk.draftOrder.updateIgnorePrint(true);
   */
  updateIgnorePrint(ignorePrint: boolean): Promise<PluginDraftOrder>;
  /**
   * Takes an order discount away, by its place. Permission `draft-order = ["write"]`.
   * @example await posPluginSdk.draftOrder.deleteDiscount(0);
   */
  deleteDiscount(indexOfDiscount: number): Promise<PluginDraftOrder>;
  /**
   * Takes a line's discount away, by its place. Permission `draft-order = ["write"]`.
   * @example await posPluginSdk.draftOrder.deleteItemDiscount(line.key, 0);
   */
  deleteItemDiscount(key: string, indexOfDiscount: number): Promise<PluginDraftOrder>;
  /**
   * Opens the payment screen for the cart; resolves when it is open, not when it is paid. Permission `draft-order = ["write"]`.
   * @example await posPluginSdk.draftOrder.startPayment();
   */
  startPayment(): Promise<void>;
  /**
   * Changes of the cart, with the whole cart. One handler an event. Permission `draft-order = ["read"]`.
   * @example posPluginSdk.draftOrder.on("update", (cart) => console.log(cart.lineItems.length));
   */
  on(event: string, cb: (draftOrder: PluginDraftOrder) => void): void;
}

/** @internal */
export function createDraftOrder(client: Client): DraftOrder {
  const changes = new Handlers<(draftOrder: PluginDraftOrder) => void>();
  client.onEvent("draft-order.change.event", (data) => changes.of(data["event"])?.(data["draftOrder"] as PluginDraftOrder));
  const cartAfter = async (change: string, data: Data) =>
    (await client.request(`draft-order.${change}.request`, data))["draftOrder"] as PluginDraftOrder;
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
      // The one request whose name does not end in `.request`.
      await client.request("draft-order.start-payment", {});
    },
    on: (event, cb) => changes.set(event, cb),
  };
}
