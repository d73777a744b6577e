/**
 * Independent declaration of the public surface of a POS plugin SDK: the names and types that plugins written for it use.
 * Not shipped. `test/types` proves that `@madang/pos-plugin-sdk` is assignable to it and it to `@madang/pos-plugin-sdk`.
 * Money: integer KRW. Times: local strings `YYYY-MM-DDTHH:mm:ss` in answers; ISO strings are accepted in queries.
 */
declare module "@tossplace/pos-plugin-sdk" {
  // ───────────────────────── errors
  /** Host answered `complete:false`; message = host's errorMessage. */
  export class PosPluginSdkError extends Error {
    constructor(message: string);
    static isPosPluginSdkError(e: unknown): e is PosPluginSdkError;
  }
  /** Client-side limiter refused the call; nothing was sent. */
  export class PosPluginSdkRateLimitError extends PosPluginSdkError {
    constructor(message: string);
    static isPosPluginSdkRateLimitError(e: unknown): e is PosPluginSdkRateLimitError;
  }

  // ───────────────────────── common
  /** Language code to text. Which languages there are is the till's to say. */
  export interface PluginLanguagePack { languages: Record<string, string> }
  type OrNull<T> = T | null | undefined;
  type CatalogState = "ON_SALE" | "SOLD_OUT" | "UNAVAILABLE" | "DELETED";
  export type CatalogItemOptionChoiceState = "ON_SALE" | "SOLD_OUT";
  export type PluginOrderDiningOption = "HERE" | "TOGO" | "DELIVERY" | "PICKUP";
  /** What a line stands for. */
  export type OrderItemType = "ITEM" | "DELIVERY_FEE" | "PREPAID_CARD" | "MULTI_USE_TICKET" | "COMBO" | "GIFT_CARD";
  export type PluginCatalogItemPriceType = "FIXED" | "VARIABLE" | "UNIT";
  export interface PluginDiscount {
    amountMoney: { value: number };
    title: string;
    /** Not `null`. */
    titleI18n?: PluginLanguagePack;
  }

  // ───────────────────────── catalog
  export interface PluginCatalogCategory {
    id: number;
    title: string;
    /** Some tills give `null`. */
    titleI18n?: PluginLanguagePack;
  }
  export interface PluginCatalogItemLabel { title: string; color: string }
  export interface PluginCatalogItemPrice {
    id: number;
    title: string;
    isDefault: boolean;
    state: CatalogState;
    sku?: string;
    barcode?: string;
    priceType: PluginCatalogItemPriceType;
    priceUnit: number;
    /** VAT included. */
    priceValue: number;
    isTaxFree: boolean;
    isStockable: boolean;
    stockQuantity?: { remainQuantity: number; lastChangeDateTime: string };
  }
  export interface PluginCatalogItemOptionChoice {
    id: number;
    title: string;
    titleI18n?: PluginLanguagePack;
    priceValue: number;
    imageUrl: string | null;
    state: CatalogItemOptionChoiceState;
    quantityInputEnabled: boolean;
  }
  export interface PluginCatalogItemOption {
    id: number;
    title: string;
    titleI18n?: PluginLanguagePack;
    isRequired: boolean;
    minChoices: number;
    /** -1 = unlimited. */
    maxChoices: number;
    choices: PluginCatalogItemOptionChoice[];
    defaultChoices: number[];
  }
  export interface PluginCatalogItem {
    id: number;
    title: string;
    titleI18n?: PluginLanguagePack;
    /** Own key set by a plugin, stored by the server. */
    code?: string;
    state: CatalogState;
    description?: string;
    descriptionI18n?: PluginLanguagePack;
    category: PluginCatalogCategory;
    labels: PluginCatalogItemLabel[];
    imageUrl: string | null;
    price: PluginCatalogItemPrice;
    options: PluginCatalogItemOption[];
  }

  export interface Catalog {
    getCatalog(catalogId: number): Promise<PluginCatalogItem>;
    getCatalogs(): Promise<PluginCatalogItem[]>;
    /** One handler per event; a second call replaces the first. Argument is the item id only. */
    on(event: "add" | "update" | "delete", cb: (catalogId: number) => void): void;
    /** Interception point before a new item is registered on the POS; resolve with initial form values. The form's own shape is open. */
    on(event: "before-add", cb: CatalogBeforeAddCallback): void;
    /** @deprecated Never delivered. Use "update". */
    on(event: "sold-out" | "on-sale", cb: (arg: any) => any): void;
  }
  export type CatalogBeforeAddCallback = (args: { payload: any; ui: Ui }) => Promise<{ initialValue: any }>;
  export interface CategoryApi {
    getCategory(categoryId: number): Promise<PluginCatalogCategory>;
    getCategories(): Promise<PluginCatalogCategory[]>;
    on(event: "add" | "update" | "delete", cb: (categoryId: number) => void): void;
  }
  export interface MenuOption {
    getOption(optionId: number): Promise<PluginCatalogItemOption>;
    getOptions(): Promise<PluginCatalogItemOption[]>;
    on(event: "add" | "update" | "delete" | "sold-out" | "on-sale", cb: (optionId: number) => void): void;
  }

  // ───────────────────────── tables
  export interface PluginHall { id: number; title: string; order: number }
  export interface PluginTableGroup { id: number; color: string; merchantId: number; tableIds: number[] }
  export interface PluginTable {
    id: number;
    hallId: number;
    title: string;
    capacity?: number;
    group?: PluginTableGroup;
  }
  /** Only meaningful in RESTAURANT + PAY_LATER mode. */
  export interface Table {
    getHalls(): Promise<PluginHall[]>;
    /** Terminals attach the open order of the table. */
    getTables(): Promise<Array<PluginTable & { order?: PluginOrder }>>;
    getTable(tableId: number): Promise<PluginTable & { order?: PluginOrder }>;
    on(event: "add" | "update" | "delete" | "clear" | "order-add" | "order-update", cb: (tableId: number) => void): void;
    on(event: "move", cb: (e: { order: { id: string }; from: { table: { id: number } }; to: { table: { id: number } } }) => void): void;
    on(
      event: "merge",
      cb: (e: { from: { table: { id: number }; order: { id: string } }; to: { table: { id: number }; order: { id: string } } }) => void,
    ): void;
  }

  // ───────────────────────── orders
  export type PluginOrderState = "REQUESTED" | "OPENED" | "COMPLETED" | "CANCELLED";
  export type PluginOrderPaymentState = "OPENED" | "PAID" | "CANCELLED" | "COMPLETED" | "REFUNDED";
  export interface PluginOrderItemItemOptionChoiceDto { id: number; quantity: number }
  export interface PluginOrderItemDto {
    diningOption: PluginOrderDiningOption;
    item: { id: number; title: string; category: PluginCatalogCategory; code?: string; type: OrderItemType };
    quantity: { value: number };
    /** Amount really charged for the line. */
    chargePrice: { value: number };
    /** Duplicate ids are summed before sending. */
    optionChoices: PluginOrderItemItemOptionChoiceDto[];
    discounts?: PluginDiscount[];
    memo?: string;
  }
  export interface PluginOrderDto {
    orderKey?: string;
    memo?: string;
    numGuests?: number;
    discounts: PluginDiscount[];
    tableId?: number;
    lineItems: PluginOrderItemDto[];
    channel?: { groups: Array<"POS" | "KIOSK" | "DELIVERY" | "TABLE_ORDER" | "MOBILE_ORDER"> };
  }
  export interface PluginOrderItemOptionChoice {
    id: number;
    title: string;
    titleI18n?: PluginLanguagePack | null;
    priceValue: number;
    imageUrl?: string | null;
    state: CatalogItemOptionChoiceState;
    quantity: number;
  }
  export interface PluginOrderItem {
    id: string;
    orderId: string;
    diningOption: PluginOrderDiningOption;
    item: { id: number; title: string; category: PluginCatalogCategory; type: OrderItemType; code?: string; priceValue?: number };
    quantity: { value: number };
    chargePrice: { value: number };
    optionChoices: PluginOrderItemOptionChoice[];
    discounts?: PluginDiscount[];
    memo?: string;
  }
  export interface PluginPrice {
    chargeDiscountValue: number;
    chargeListPriceValue: number;
    chargePriceValue: number;
    chargeSupplyValue: number;
    chargeTaxValue: number;
    chargeTipValue: number;
  }
  export interface PluginOrder {
    id: string;
    tableId?: number | null;
    table?: PluginTable | null;
    orderKey: string;
    /** Older combined state. */
    state?: PluginOrderPaymentState;
    paymentState: PluginOrderPaymentState;
    orderState: PluginOrderState;
    lineItems: PluginOrderItem[];
    discounts?: PluginDiscount[] | null;
    payments: PluginPayment[];
    chargePrice: PluginPrice;
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
  export interface Order {
    getOrder(orderId: string): Promise<PluginOrder>;
    /** Page until fewer than `size` come back. The first page is 1. */
    getOrders(q: { start: string; end: string; page: number; size: number; orderStates?: PluginOrderState[] }): Promise<PluginOrder[]>;
    /** Every field may be left out. */
    search(q: { tableId?: number; orderState?: PluginOrderState; start?: string; end?: string; page?: number; size?: number }): Promise<PluginOrder[]>;
    add(order: PluginOrderDto): Promise<PluginOrder>;
    addMenu(orderId: string, order: PluginOrderDto): Promise<PluginOrder>;
    /** Cancels the order, not its payments. */
    cancel(orderId: string): Promise<void>;
    /** Pay-later POS only. */
    complete(orderId: string): Promise<PluginOrder>;
    on(event: "add" | "update" | "accept" | "decline" | "expire" | "complete", cb: (orderId: string) => void): void;
    /** @deprecated use payment.on("cancel"). */
    on(event: "cancel", cb: (orderId: string) => void): void;
  }

  // ───────────────────────── payments
  export type PluginPaymentSourceType = "CARD" | "CASH" | "EXTERNAL" | "BARCODE" | "ACCOUNT_TRANSFER";
  export type PluginPaymentState = "APPROVED" | "COMPLETED" | "CANCELLED";
  export type PluginPaymentCardType = "CREDIT" | "DEBIT" | "PREPAID" | "FOREIGN";
  export type VanType = "NICE" | "KIS" | "SMARTRO" | "KOVAN";
  /** Months as text, at most 2 characters ("00" = lump sum). */
  export type PluginPaymentInstallment = string;
  export type PluginCashReceiptIssuerType = "CONSUMER" | "BUSINESSES";
  export type PluginCashReceiptIssuanceType = "PHONE" | "BUSINESS_NUMBER" | "CARD";
  export interface PluginCashReceipt {
    identityNumber: string;
    issuerType: PluginCashReceiptIssuerType;
    issuanceType: PluginCashReceiptIssuanceType;
    selfIssuance: boolean;
  }
  export interface PluginCardDetails {
    installmentMonth: PluginPaymentInstallment;
    cardType: PluginPaymentCardType;
    cardBrand: string;
    cardBrandId?: string | null;
    cardNo?: string | null;
    /** Acquirer name. */
    source?: string | null;
    /** Acquirer code. */
    sourceId?: string | null;
    balance?: number | null;
    van?: VanType | null;
  }
  interface PaymentDtoBase {
    orderId: string;
    amountMoney: number;
    taxMoney: number;
    supplyMoney: number;
    tipMoney: number;
    taxExemptMoney?: number | null;
    approvedNo: string;
    approvedAt: string;
    /** Unique value issued by the plugin. */
    paymentKey: string;
    /** Default true: full payment completes the order (and clears its table). */
    autocomplete?: boolean;
  }
  interface PaymentDtoMap {
    CARD: PaymentDtoBase & { sourceType: "CARD"; cardDetails: PluginCardDetails };
    CASH: PaymentDtoBase & { sourceType: "CASH"; cashReceipt?: PluginCashReceipt | null };
    EXTERNAL: PaymentDtoBase & { sourceType: "EXTERNAL" };
  }
  /** `PluginPaymentDto<'EXTERNAL'>` for one source. */
  export type PluginPaymentDto<T extends keyof PaymentDtoMap = keyof PaymentDtoMap> = PaymentDtoMap[T];
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
  export interface PluginCardPayment extends PluginPaymentBase { sourceType: "CARD"; cardDetails: PluginCardDetails }
  export interface PluginCashPayment extends PluginPaymentBase { sourceType: "CASH" }
  export interface PluginExternalPayment extends PluginPaymentBase {
    sourceType: "EXTERNAL";
    externalDetails: { source?: string | null; sourceId?: string | null };
  }
  /** Detail fields are open. */
  export interface PluginBarcodePayment extends PluginPaymentBase { sourceType: "BARCODE"; [k: string]: any }
  /** Detail fields are open. */
  export interface PluginAccountTransferPayment extends PluginPaymentBase { sourceType: "ACCOUNT_TRANSFER"; [k: string]: any }
  export type PluginPayment =
    | PluginCardPayment | PluginCashPayment | PluginExternalPayment | PluginBarcodePayment | PluginAccountTransferPayment;
  /** What the host stores as the cancellation. */
  export type PluginCancelledPaymentDto = any;
  export type PaymentBeforeCancelCallback = (args: { order: PluginOrder; payment: PluginPayment }) => Promise<void>;
  export interface Payment {
    getPayment(paymentId: string): Promise<PluginPayment>;
    add(order: { id: string }, payment: PluginPaymentDto): Promise<PluginPayment>;
    cancel(order: { id: string }, payment: { id: string }): Promise<void>;
    on(event: "paid" | "cancel", cb: (paymentId: string, orderId: string) => void): void;
    /** Reject to veto the cancellation; the message reaches the POS. */
    on(event: "before-cancel", cb: PaymentBeforeCancelCallback): void;
  }
  /** Standalone cash-receipt record for an order. */
  export interface CashReceiptDto { orderId: string; amount: number; issueDate: string; issueNumber: string; cardNumber: string }
  export interface CashReceipt { add(dto: CashReceiptDto): Promise<void> }

  export interface PaymentMethodType {
    data: { id: string; image: string; paymentName: string; [k: string]: any };
    /** Resolve with the approval, or undefined. approvedNo is always sent empty. */
    payCallback: (order: PluginOrder, price: PluginPrice, ui: Ui) => Promise<{ paymentKey: string; approvedAt: string } | undefined>;
    cancelCallback: (order: PluginOrder, payment: PluginPayment, ui: Ui) => Promise<PluginCancelledPaymentDto | undefined>;
  }
  export interface PaymentMethodApi { add(method: PaymentMethodType): void }

  // ───────────────────────── draft order (cart)
  export interface PluginDraftOrderItemDto {
    /** Always send a unique 21-character id. */
    key?: string;
    /** Send the whole catalog item; the POS reads fields the schema does not list, `options` among them. */
    item: { id: number; title: string; category: PluginCatalogCategory; type: OrderItemType; [k: string]: any };
    itemPrice: { isTaxFree: boolean; priceType: PluginCatalogItemPriceType; priceUnit: number; priceValue: number; sku?: string; title: string; [k: string]: any };
    discount: PluginDiscount[];
    memo?: string;
    optionChoices: PluginOrderItemOptionChoice[];
    quantity: number;
    diningOption: PluginOrderDiningOption;
    metadata?: { memoFixed?: boolean; optionFixed?: boolean; quantityFixed?: boolean };
  }
  export interface PluginDraftOrderItem extends PluginDraftOrderItemDto { key: string; lineItemId?: string }
  export interface PluginDraftOrder {
    lineItems: PluginDraftOrderItem[];
    /** `orderPriceValue` and whatever else the till adds. */
    price?: { orderPriceValue: number; [k: string]: any };
    [k: string]: any;
  }
  export interface DraftOrder {
    get(): Promise<PluginDraftOrder>;
    clear(): Promise<void>;
    addLineItem(lineItem: PluginDraftOrderItemDto): Promise<PluginDraftOrder>;
    deleteLineItem(key: string): Promise<PluginDraftOrder>;
    updateItemQuantity(key: string, quantity: number): Promise<PluginDraftOrder>;
    updateItemMemo(key: string, memo: string): Promise<PluginDraftOrder>;
    /** Replaces the choices of a line. */
    updateItemOptionChoice(key: string, optionChoices: PluginOrderItemOptionChoice[]): Promise<PluginDraftOrder>;
    updateIgnorePrint(ignorePrint: boolean): Promise<PluginDraftOrder>;
    deleteDiscount(indexOfDiscount: number): Promise<PluginDraftOrder>;
    deleteItemDiscount(key: string, indexOfDiscount: number): Promise<PluginDraftOrder>;
    /** Opens the POS payment screen for the cart. */
    startPayment(): Promise<void>;
    /** Event names are open. */
    on(event: string, cb: (draftOrder: PluginDraftOrder) => void): void;
  }

  // ───────────────────────── KDS
  export type PluginKdsOrderItemState = "OPENED" | "COMPLETED" | "CANCELLED";
  /** More values may come. */
  export type PluginKdsOrderRequestType = "NEW" | "ADDED" | "CHANGED" | "CANCELLED" | "MERGED" | (string & {});
  /** Fields are open. */
  export type PluginKdsLineItem = any;
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
  /** Fields are open. */
  export type PluginGetKdsOrderItemsPayload = Record<string, any>;
  export interface PluginGetKdsOrderItemsResult { contents: PluginKdsOrderItem[]; last: boolean; totalElements: number }
  export interface KdsOrder {
    getKdsOrderItems(q: PluginGetKdsOrderItemsPayload): Promise<PluginGetKdsOrderItemsResult>;
    /** Event names are open. */
    on(event: string, cb: (kdsOrderItemId: string) => void): void;
  }

  // ───────────────────────── identity
  export interface TossMerchant { id: number; name: string; serialNumber: string; [k: string]: any }
  export interface Merchant { getMerchant(): Promise<TossMerchant> }
  export interface DeviceInfo {
    name: string;
    version: string;
    platform: string;
    arch: string;
    serialNumber: string;
    /** Windows and macOS only. */
    osVersion?: string;
    businessType:
      | { business: { type: "CAFE" | "RESTAURANT" }; operation: { payment: { type: "PAY_FIRST" | "PAY_LATER" }; table: { enabled: boolean }; booking: { enabled: boolean } } }
      | { business: { type: "RETAIL" | "SERVICE" }; operation: { payment: { type: "PAY_FIRST" }; table: { enabled: false }; booking: { enabled: boolean } } };
  }
  export interface Device { getDeviceInfo(): Promise<DeviceInfo> }
  export interface Plugin { getPluginInfo(): Promise<{ name: string; version: string; [k: string]: any }> }

  // ───────────────────────── network
  export type HttpMethod = "GET" | "POST" | "DELETE" | "HEAD" | "OPTIONS" | "PUT" | "PATCH";
  export interface PluginHttpResponse { body: string; headers: [string, string][]; code: number }
  export interface PluginHttpRequest { url: string; method: HttpMethod; payload?: any; headers: [string, string][] }
  type Headers_ = [string, string][];
  interface HttpOptions { /** Client-side wait, default 30000 ms. */ timeoutMs?: number }
  export interface HttpTypes {
    get(url: string, headers?: Headers_, options?: HttpOptions): Promise<PluginHttpResponse>;
    delete(url: string, headers?: Headers_, options?: HttpOptions): Promise<PluginHttpResponse>;
    head(url: string, headers?: Headers_, options?: HttpOptions): Promise<PluginHttpResponse>;
    options(url: string, headers?: Headers_, options?: HttpOptions): Promise<PluginHttpResponse>;
    post(url: string, payload?: any, headers?: Headers_, options?: HttpOptions): Promise<PluginHttpResponse>;
    put(url: string, payload?: any, headers?: Headers_, options?: HttpOptions): Promise<PluginHttpResponse>;
    patch(url: string, payload?: any, headers?: Headers_, options?: HttpOptions): Promise<PluginHttpResponse>;
  }
  export class Websocket {
    readonly url: string;
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    send(message: { data: string; option?: any }): void;
    onMessage(cb: (message: string) => void): void;
    onError(cb: (errorName?: string, errorMessage?: string) => void): void;
    onClose(cb: (code: string) => void): void;
    /** Not fired for the connect done inside create(). */
    onOpen(cb: () => void): void;
  }
  export interface WebsocketTypes {
    /** Already connected when it resolves; sockets are keyed by url. */
    create(url: string, headers?: Record<string, string>, options?: { timeout?: number; rejectUnauthorized?: boolean; [k: string]: any }): Promise<Websocket>;
  }

  // ───────────────────────── storage, settings
  export interface StorageTypes {
    get(key: string): Promise<string | undefined>;
    set(key: string, value: string): Promise<void>;
    del(key: string): Promise<void>;
  }
  export interface SecureStore {
    get(key: string): Promise<string | undefined>;
    set(key: string, value: string): Promise<void>;
    del(key: string): Promise<void>;
  }
  interface BaseInput { id: string; label: string; required: boolean }
  export interface InputValue { id: string; label: string }
  export interface TextInput extends BaseInput { type: "text"; default: string; placeholder?: string; candidates?: { text: string; value: string }[] }
  export interface NumberInput extends BaseInput { type: "number"; default: number; placeholder?: string; candidates?: { text: string; value: number }[] }
  export interface PasswordInput extends BaseInput { type: "password"; default: string; placeholder?: string }
  export interface RadioInput extends BaseInput { type: "radio"; values: InputValue[]; default: string }
  export interface CheckBoxInput extends BaseInput { type: "checkbox"; values: InputValue[]; default: string[] }
  export interface ToggleInput extends BaseInput { type: "toggle"; default: boolean }
  export interface SliderInput extends BaseInput { type: "slider"; default: number; min: number; max: number; step: number }
  /** A button among the inputs. */
  export interface ButtonInput { id: string; text: string; type: "primary" | "danger" | "dark" }
  export type PluginInputs = TextInput | NumberInput | PasswordInput | RadioInput | CheckBoxInput | ToggleInput | SliderInput | ButtonInput;
  export interface CtaInput { type: "cta"; id: string; text: string; ctaType: "primary" | "danger" | "dark" }
  type SettingValue = string | number | boolean | string[] | undefined;
  export interface SettingTypes {
    setInputs(inputs: PluginInputs[]): Promise<void>;
    getValues<T extends Record<string, SettingValue> = Record<string, SettingValue>>(): Promise<T>;
    /** Fired without arguments: call getValues() again. */
    on(event: "change", cb: () => void): void;
  }

  // ───────────────────────── POS UI
  export interface ToastTypes {
    open(message: string): void;
    success(o: ToastOptions): void;
    error(o: ToastOptions): void;
    warn(o: ToastOptions): void;
    /** The event's name is ignored; returns an unsubscribe function. */
    on(event: string, cb: () => void): () => boolean;
  }
  interface ToastOptions { message: string; button?: { text: string; onClick: () => void } }
  /** The payload is open. */
  export interface AlertTypes { open(options: any): void }
  /** The payload is open. */
  export interface SoundTypes { play(options: any): void }
  export interface Navigation {
    navigate(page: "business-type-setting"): void;
    navigate(page: "plugin-tab", packageName: string): void;
  }
  export interface PowerSaverTypes {
    startBlocking(): Promise<void>;
    stopBlocking(): Promise<void>;
    isBlocked(): Promise<boolean>;
  }
  export interface BarcodeApi {
    /** Scans arriving at the POS. */
    on(event: "scan", cb: (barcode: string) => void): void;
    /** Hands a code to the POS as if scanned. */
    send(barcode: string): Promise<void>;
    /** Iframe only: capture keyboard-wedge scans in this document and forward them. */
    useBarcodeScan(): void;
    unUseBarcodeScan(): void;
  }
  export type BarcodeResult = { result: "SUCCESS"; barcode: string } | { result: "CANCELLED" };
  /** `inputs` maps input id to its value; `result` says how it ended. */
  export type InputModalResult = { result: "SUCCESS"; inputs: Record<string, any> } | { result: "CANCELLED" } | { result: string; inputs?: Record<string, any> };
  /** Popups wait up to 24 hours. Resolve with the inner data, throw on failure. */
  export interface Ui {
    openBarcode(o: { productName: string }): Promise<BarcodeResult>;
    openInputModal(o: { title: string; description?: string; inputs: PluginInputs[]; cta: { submit: CtaInput; cancel?: CtaInput } }): Promise<InputModalResult>;
  }
  /** Named export, not a property of posPluginSdk. */
  export const ui: Ui;

  // ───────────────────────── plugin to plugin, errors
  export interface PluginUnicastTypes {
    send<T = any>(message: T, to: string): void;
    listen<T = any>(event: "message", cb: (message: T, from: string) => void): () => boolean;
  }
  export interface ErrorApi { addErrorListener(cb: (error: Error) => void): void }

  export interface PosPluginSdk {
    alert: AlertTypes;
    storage: StorageTypes;
    secureStore: SecureStore;
    table: Table;
    category: CategoryApi;
    catalog: Catalog;
    option: MenuOption;
    cashReceipt: CashReceipt;
    order: Order;
    payment: Payment;
    http: HttpTypes;
    toast: ToastTypes;
    device: Device;
    merchant: Merchant;
    paymentMethod: PaymentMethodApi;
    websocket: WebsocketTypes;
    barcode: BarcodeApi;
    plugin: Plugin;
    draftOrder: DraftOrder;
    error: ErrorApi;
    setting: SettingTypes;
    powerSaver: PowerSaverTypes;
    sound: SoundTypes;
    kdsOrder: KdsOrder;
    pluginUnicast: PluginUnicastTypes;
    navigation: Navigation;
  }
  export const posPluginSdk: PosPluginSdk;
  export const draftOrder: DraftOrder;
  export const plugin: Plugin;
  export const pluginUnicast: PluginUnicastTypes;
  export function createCallbackId(length?: number): string;
}
