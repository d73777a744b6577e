import { Handlers, pick, type Client, type Data } from "./client.js";
import { messageOf } from "./errors.js";
import type { PluginOrder, PluginPrice } from "./orders.js";
import type { Ui } from "./ui.js";

/** How a payment was made. */
export type PluginPaymentSourceType = "CARD" | "CASH" | "EXTERNAL" | "BARCODE" | "ACCOUNT_TRANSFER";
/** How far a payment is. */
export type PluginPaymentState = "APPROVED" | "COMPLETED" | "CANCELLED";
/** Kind of card. */
export type PluginPaymentCardType = "CREDIT" | "DEBIT" | "PREPAID" | "FOREIGN";
/** The company that carries card payments. */
export type VanType = "NICE" | "KIS" | "SMARTRO" | "KOVAN";
/** Months as text of at most two characters. */
export type PluginPaymentInstallment = string;
/** For whom a cash receipt is issued. */
export type PluginCashReceiptIssuerType = "CONSUMER" | "BUSINESSES";
/** What identifies the receiver of a cash receipt. */
export type PluginCashReceiptIssuanceType = "PHONE" | "BUSINESS_NUMBER" | "CARD";

/** A cash receipt that belongs to a payment. */
export interface PluginCashReceipt {
  identityNumber: string;
  issuerType: PluginCashReceiptIssuerType;
  issuanceType: PluginCashReceiptIssuanceType;
  selfIssuance: boolean;
}

/** What is known of a card; the number is masked. */
export interface PluginCardDetails {
  installmentMonth: PluginPaymentInstallment;
  cardType: PluginPaymentCardType;
  cardBrand: string;
  cardBrandId?: string | null;
  cardNo?: string | null;
  /** Acquirer's name. */
  source?: string | null;
  /** Acquirer's code. */
  sourceId?: string | null;
  balance?: number | null;
  van?: VanType | null;
}

/** What every payment that is being added has; amounts in whole won. */
export interface PaymentDtoBase {
  orderId: string;
  amountMoney: number;
  taxMoney: number;
  supplyMoney: number;
  tipMoney: number;
  taxExemptMoney?: number | null;
  approvedNo: string;
  approvedAt: string;
  /** A value that the plugin never uses twice. */
  paymentKey: string;
  /** Default true: the payment that pays the rest completes the order and clears its table. */
  autocomplete?: boolean;
}

/** The payments that can be added, by their source. */
export interface PaymentDtoMap {
  CARD: PaymentDtoBase & { sourceType: "CARD"; cardDetails: PluginCardDetails };
  CASH: PaymentDtoBase & { sourceType: "CASH"; cashReceipt?: PluginCashReceipt | null };
  EXTERNAL: PaymentDtoBase & { sourceType: "EXTERNAL" };
}

/** A payment that is being added; `PluginPaymentDto<"EXTERNAL">` for one source. */
export type PluginPaymentDto<T extends keyof PaymentDtoMap = keyof PaymentDtoMap> = PaymentDtoMap[T];

/** What every payment has; amounts in whole won. */
export interface PluginPaymentBase {
  id: string;
  orderId: string;
  paymentKey: string;
  state: PluginPaymentState;
  amountMoney: number;
  taxMoney: number;
  supplyMoney: number;
  tipMoney: number;
  taxExemptMoney?: number | null;
  approvedNo: string;
  approvedAt: string;
  cancelledAt?: string | null;
  cashReceipt?: PluginCashReceipt | null;
}
/** Paid by card. */
export interface PluginCardPayment extends PluginPaymentBase {
  sourceType: "CARD";
  cardDetails: PluginCardDetails;
}
/** Paid in cash. */
export interface PluginCashPayment extends PluginPaymentBase {
  sourceType: "CASH";
}
/** Paid somewhere else and entered here. */
export interface PluginExternalPayment extends PluginPaymentBase {
  sourceType: "EXTERNAL";
  externalDetails: { source?: string | null; sourceId?: string | null };
}
/** Paid by a code on a phone; its details vary. */
export interface PluginBarcodePayment extends PluginPaymentBase {
  sourceType: "BARCODE";
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- details that tills do not agree on
  [k: string]: any;
}
/** Paid by transfer; its details vary. */
export interface PluginAccountTransferPayment extends PluginPaymentBase {
  sourceType: "ACCOUNT_TRANSFER";
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- details that tills do not agree on
  [k: string]: any;
}
/** A payment of any kind. */
export type PluginPayment =
  | PluginCardPayment
  | PluginCashPayment
  | PluginExternalPayment
  | PluginBarcodePayment
  | PluginAccountTransferPayment;

/** What the till keeps as the cancellation of a payment that a plugin made. */
export type PluginCancelledPaymentDto = unknown;
/** Allows a cancellation by resolving, forbids it by rejecting. */
export type PaymentBeforeCancelCallback = (args: { order: PluginOrder; payment: PluginPayment }) => Promise<void>;

/** Payments. Rate limited: 100 calls in 60 s and 200 in 30 min for each method. */
export interface Payment {
  /**
   * One payment. Permission `payment = ["read"]`. Rejects when there is none.
   * @example const payment = await posPluginSdk.payment.getPayment(paymentId);
   */
  getPayment(paymentId: string): Promise<PluginPayment>;
  /**
   * Enters a payment that was taken elsewhere. Sent once; the till knows a repeated one by its `paymentKey`.
   * Permission `payment = ["write"]`. Rejects when it is more than is owed.
   * @example await posPluginSdk.payment.add({ id: order.id }, { sourceType: "EXTERNAL", paymentKey: "web-1042", ...amounts });
   */
  add(order: { id: string }, payment: PluginPaymentDto): Promise<PluginPayment>;
  /**
   * Cancels a payment. Sent once. Permission `payment = ["cancel"]`.
   * @example await posPluginSdk.payment.cancel({ id: orderId }, { id: paymentId });
   */
  cancel(order: { id: string }, payment: { id: string }): Promise<void>;
  /**
   * A payment was made or cancelled, once for each part of a split bill; the same one may come twice. One handler an event:
   * a second call replaces the first. Permission `payment = ["read"]`.
   * @example posPluginSdk.payment.on("paid", (paymentId, orderId) => console.log(paymentId, orderId));
   */
  on(event: "paid" | "cancel", cb: (paymentId: string, orderId: string) => void): void;
  /**
   * Asked before a payment is cancelled: reject to forbid it, and staff see the error's message. Without a handler it is
   * allowed. Permission `payment = ["veto"]`.
   * @example posPluginSdk.payment.on("before-cancel", async ({ payment }) => { if (payment.amountMoney > 100_000) throw new Error("점장 승인이 필요합니다"); });
   */
  on(event: "before-cancel", cb: PaymentBeforeCancelCallback): void;
}

/** A cash receipt of its own, for an order. `amount` in whole won. */
export interface CashReceiptDto {
  orderId: string;
  amount: number;
  issueDate: string;
  issueNumber: string;
  cardNumber: string;
}

/** Cash receipts. Rate limited like {@link Payment}. */
export interface CashReceipt {
  /**
   * Records a cash receipt that was issued elsewhere. Sent once. Permission `cash-receipt = ["issue"]`.
   * @example await posPluginSdk.cashReceipt.add({ orderId, amount: 4500, issueDate, issueNumber, cardNumber });
   */
  add(dto: CashReceiptDto): Promise<void>;
}

/** A way of paying that a plugin offers on the till's payment screen. */
export interface PaymentMethodType {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a till may show more than these
  data: { id: string; image: string; paymentName: string; [k: string]: any };
  /** Takes `price`; resolves with the approval, or `undefined` when the plugin entered the payment itself. Reject to decline. */
  payCallback: (order: PluginOrder, price: PluginPrice, ui: Ui) => Promise<{ paymentKey: string; approvedAt: string } | undefined>;
  /** Gives the money back; reject when that is not possible. */
  cancelCallback: (order: PluginOrder, payment: PluginPayment, ui: Ui) => Promise<PluginCancelledPaymentDto | undefined>;
}

/** Ways of paying of the plugin's own. */
export interface PaymentMethodApi {
  /**
   * Offers a way of paying until the plugin stops; the same id replaces. Permission `payment-method = ["add"]`.
   * @example posPluginSdk.paymentMethod.add({ data: { id: "point", image, paymentName: "포인트" }, payCallback, cancelCallback });
   */
  add(method: PaymentMethodType): void;
}

type Notified = (paymentId: string, orderId: string) => void;

/** @internal */
export function createPayment(client: Client): Payment {
  const changes = new Handlers<Notified>();
  client.onEvent("payment.change.event", (data) =>
    changes.of(data["event"])?.(pick(data, "payment", "id") as string, pick(data, "order", "id") as string),
  );
  let beforeCancel: PaymentBeforeCancelCallback | undefined;
  client.onAsk("payment.event", async (data) => {
    await beforeCancel?.(data["payload"] as Parameters<PaymentBeforeCancelCallback>[0]);
    return { complete: true, event: data["event"] };
  });
  return {
    async getPayment(paymentId) {
      const answer = await client.request("payment.get.request", { id: paymentId }, { limitedAs: "payment.getPayment" });
      return answer["payment"] as PluginPayment;
    },
    async add(order, payment) {
      const data = { order: { id: order.id }, paymentDto: payment };
      return (await client.request("payment.add.request", data, { limitedAs: "payment.add" }))["payment"] as PluginPayment;
    },
    async cancel(order, payment) {
      const data = { order: { id: order.id }, payment: { id: payment.id } };
      await client.request("payment.cancel.request", data, { limitedAs: "payment.cancel" });
    },
    on(event: string, cb: Notified | PaymentBeforeCancelCallback) {
      if (event === "before-cancel") beforeCancel = cb as PaymentBeforeCancelCallback;
      else changes.set(event, cb as Notified);
    },
  };
}

/** @internal */
export function createCashReceipt(client: Client): CashReceipt {
  return {
    async add(dto) {
      await client.request("cash-receipt.issue.request", { ...dto }, { limitedAs: "cashReceipt.add" });
    },
  };
}

/** @internal */
export function createPaymentMethod(client: Client, ui: Ui): PaymentMethodApi {
  const methods = new Map<unknown, PaymentMethodType>();
  client.onAsk("payment.method.event", async (data) => {
    const { event, id } = data;
    try {
      return { event, id, complete: true, ...(await carryOut(methods.get(id), data, ui)) };
    } catch (error) {
      return { event, id, complete: false, errorMessage: messageOf(error) };
    }
  });
  return {
    add(method) {
      const { id, image, paymentName } = method.data;
      methods.set(id, method);
      client.send("payment.method.add", { id, image, paymentName });
    },
  };
}

async function carryOut(method: PaymentMethodType | undefined, data: Data, ui: Ui): Promise<Data> {
  if (method === undefined) throw new Error(`this plugin offers no payment method '${String(data["id"])}'`);
  const order = data["order"] as PluginOrder;
  if (data["event"] === "pay") {
    const approval = await method.payCallback(order, data["price"] as PluginPrice, ui);
    if (approval === undefined) return {};
    return { paymentDto: { approvedAt: approval.approvedAt, approvedNo: "", paymentKey: approval.paymentKey } };
  }
  if (data["event"] === "cancel") {
    return { cancelledPaymentDto: await method.cancelCallback(order, data["payment"] as PluginPayment, ui) };
  }
  throw new Error(`a payment method is asked to pay or to cancel, not to '${String(data["event"])}'`);
}
