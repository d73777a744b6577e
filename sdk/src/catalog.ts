import { Handlers, pick, type Client } from "./client.js";
import type { PluginLanguagePack } from "./common.js";
import type { Ui } from "./ui.js";

/** Whether an item or its price can be sold. */
export type CatalogState = "ON_SALE" | "SOLD_OUT" | "UNAVAILABLE" | "DELETED";
/** Whether a choice of an option can be sold. */
export type CatalogItemOptionChoiceState = "ON_SALE" | "SOLD_OUT";
/** How a price is meant: for one, entered at the till, or for `priceUnit`. */
export type PluginCatalogItemPriceType = "FIXED" | "VARIABLE" | "UNIT";

/** A category of the menu. */
export interface PluginCatalogCategory {
  id: number;
  title: string;
  /** Some tills give `null`. */
  titleI18n?: PluginLanguagePack;
}

/** A coloured tag on an item. */
export interface PluginCatalogItemLabel {
  title: string;
  color: string;
}

/** The price of an item. */
export interface PluginCatalogItemPrice {
  id: number;
  title: string;
  isDefault: boolean;
  state: CatalogState;
  sku?: string;
  barcode?: string;
  priceType: PluginCatalogItemPriceType;
  priceUnit: number;
  /** Whole won, VAT included. */
  priceValue: number;
  isTaxFree: boolean;
  isStockable: boolean;
  stockQuantity?: { remainQuantity: number; lastChangeDateTime: string };
}

/** One choice of an option group. */
export interface PluginCatalogItemOptionChoice {
  id: number;
  title: string;
  titleI18n?: PluginLanguagePack;
  /** Whole won added to the item's price. */
  priceValue: number;
  imageUrl: string | null;
  state: CatalogItemOptionChoiceState;
  quantityInputEnabled: boolean;
}

/** An option group of an item. */
export interface PluginCatalogItemOption {
  id: number;
  title: string;
  titleI18n?: PluginLanguagePack;
  isRequired: boolean;
  minChoices: number;
  /** -1 means no upper bound. */
  maxChoices: number;
  choices: PluginCatalogItemOptionChoice[];
  defaultChoices: number[];
}

/** An item of the menu. */
export interface PluginCatalogItem {
  id: number;
  title: string;
  titleI18n?: PluginLanguagePack;
  /** A key of the plugin's own, kept with the item. */
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

/** Gives the first values of the form in which staff register a new item. */
export type CatalogBeforeAddCallback = (args: { payload: unknown; ui: Ui }) => Promise<{ initialValue: unknown }>;

/** The items of the menu. Read only. Rate limited: 100 calls in 60 s and 200 in 30 min for each method. */
export interface Catalog {
  /**
   * One item. Permission `catalog = ["read"]`. Rejects when there is no such item.
   * @example const item = await posPluginSdk.catalog.getCatalog(101);
   */
  getCatalog(catalogId: number): Promise<PluginCatalogItem>;
  /**
   * Every item. Permission `catalog = ["read"]`.
   * @example const onSale = (await posPluginSdk.catalog.getCatalogs()).filter((item) => item.state === "ON_SALE");
   */
  getCatalogs(): Promise<PluginCatalogItem[]>;
  /**
   * Changes of items, by id. One handler an event: a second call replaces the first. Permission `catalog = ["read"]`.
   * @example posPluginSdk.catalog.on("update", async (id) => console.log(await posPluginSdk.catalog.getCatalog(id)));
   */
  on(event: "add" | "update" | "delete", cb: (catalogId: number) => void): void;
  /**
   * Fills the form of a new item before staff see it; a rejection tells them why it cannot. Permission `catalog = ["prefill"]`.
   * @example posPluginSdk.catalog.on("before-add", async () => ({ initialValue: { title: "새 메뉴" } }));
   */
  on(event: "before-add", cb: CatalogBeforeAddCallback): void;
  /**
   * Never delivered; kept so that old plugins compile.
   * @deprecated Use `update` and read the item's state.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a handler of any shape was accepted here
  on(event: "sold-out" | "on-sale", cb: (arg: any) => any): void;
}

/** The categories of the menu. Read only; limited like {@link Catalog}. */
export interface CategoryApi {
  /**
   * One category. Permission `catalog = ["read"]`. Rejects when there is none.
   * @example const coffee = await posPluginSdk.category.getCategory(1);
   */
  getCategory(categoryId: number): Promise<PluginCatalogCategory>;
  /**
   * Every category, in the order of the menu. Permission `catalog = ["read"]`.
   * @example const titles = (await posPluginSdk.category.getCategories()).map((category) => category.title);
   */
  getCategories(): Promise<PluginCatalogCategory[]>;
  /**
   * Changes of categories, by id. One handler an event. Permission `catalog = ["read"]`.
   * @example posPluginSdk.category.on("add", (id) => console.log(id));
   */
  on(event: "add" | "update" | "delete", cb: (categoryId: number) => void): void;
}

/** The option groups of the menu. Read only; limited like {@link Catalog}. */
export interface MenuOption {
  /**
   * One option group. Permission `catalog = ["read"]`. Rejects when there is none.
   * @example const size = await posPluginSdk.option.getOption(11);
   */
  getOption(optionId: number): Promise<PluginCatalogItemOption>;
  /**
   * Every option group. Permission `catalog = ["read"]`.
   * @example const groups = await posPluginSdk.option.getOptions();
   */
  getOptions(): Promise<PluginCatalogItemOption[]>;
  /**
   * Changes of option groups, by id. One handler an event. Permission `catalog = ["read"]`.
   * @example posPluginSdk.option.on("sold-out", (id) => console.log(id));
   */
  on(event: "add" | "update" | "delete" | "sold-out" | "on-sale", cb: (optionId: number) => void): void;
}

type IdHandler = (id: number) => void;

/** @internal */
export function createCatalog(client: Client, ui: Ui): Catalog {
  const changes = forwardChanges(client, "catalog-item.change.event", "catalog");
  let beforeAdd: CatalogBeforeAddCallback | undefined;
  client.onAsk("catalog-item.before-add-health-check", () => (beforeAdd === undefined ? undefined : Promise.resolve({})));
  client.onAsk("catalog-item.event", async (data) => {
    if (beforeAdd === undefined || data["event"] !== "before-add") {
      return { complete: false, errorMessage: `catalog has no handler for '${String(data["event"])}'` };
    }
    const { initialValue } = await beforeAdd({ payload: data["payload"], ui });
    return { complete: true, event: "before-add", payload: { initialValue } };
  });
  return {
    async getCatalog(catalogId) {
      const answer = await client.request("catalog-item.get.request", { catalog: { id: catalogId } }, { limitedAs: "catalog.getCatalog" });
      return answer["catalog"] as PluginCatalogItem;
    },
    async getCatalogs() {
      const answer = await client.request("catalog-item.list.request", {}, { limitedAs: "catalog.getCatalogs" });
      return answer["catalogs"] as PluginCatalogItem[];
    },
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one method serves the deprecated events as well
    on(event: string, cb: IdHandler | CatalogBeforeAddCallback) {
      if (event === "before-add") beforeAdd = cb as CatalogBeforeAddCallback;
      else changes.set(event, cb as IdHandler);
    },
  };
}

/** @internal */
export function createCategory(client: Client): CategoryApi {
  const changes = forwardChanges(client, "catalog-category.change.event", "category");
  return {
    async getCategory(categoryId) {
      const answer = await client.request("catalog-category.get.request", { category: { id: categoryId } }, { limitedAs: "category.getCategory" });
      return answer["category"] as PluginCatalogCategory;
    },
    async getCategories() {
      const answer = await client.request("catalog-category.list.request", {}, { limitedAs: "category.getCategories" });
      return answer["categories"] as PluginCatalogCategory[];
    },
    on: (event, cb) => changes.set(event, cb),
  };
}

/** @internal */
export function createOption(client: Client): MenuOption {
  const changes = forwardChanges(client, "catalog-item-option.change.event", "option");
  return {
    async getOption(optionId) {
      const answer = await client.request("catalog-item-option.get.request", { option: { id: optionId } }, { limitedAs: "option.getOption" });
      return answer["option"] as PluginCatalogItemOption;
    },
    async getOptions() {
      const answer = await client.request("catalog-item-option.list.request", {}, { limitedAs: "option.getOptions" });
      return answer["options"] as PluginCatalogItemOption[];
    },
    on: (event, cb) => changes.set(event, cb),
  };
}

/** Change events carry the id of what changed under `member`. */
function forwardChanges(client: Client, message: string, member: string): Handlers<IdHandler> {
  const handlers = new Handlers<IdHandler>();
  client.onEvent(message, (data) => handlers.of(data["event"])?.(pick(data, member, "id") as number));
  return handlers;
}
