/** Language code (`ko`, `en`, …) to text. */
export interface PluginLanguagePack {
  languages: Record<string, string>;
}

/** Where the guest takes the order. */
export type PluginOrderDiningOption = "HERE" | "TOGO" | "DELIVERY" | "PICKUP";

/** What a line of an order or of the cart stands for. */
export type OrderItemType = "ITEM" | "DELIVERY_FEE" | "PREPAID_CARD" | "MULTI_USE_TICKET" | "COMBO" | "GIFT_CARD";

/** An amount taken off an order or a line, in whole won. */
export interface PluginDiscount {
  amountMoney: { value: number };
  title: string;
  titleI18n?: PluginLanguagePack;
}
