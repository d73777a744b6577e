import { Handlers, pick, type Client, type Data } from "./client.js";
import type { PluginOrder } from "./orders.js";

/** A room or floor of a restaurant. */
export interface PluginHall {
  id: number;
  title: string;
  order: number;
}

/** Tables that were put together. */
export interface PluginTableGroup {
  id: number;
  color: string;
  merchantId: number;
  tableIds: number[];
}

/** A table. */
export interface PluginTable {
  id: number;
  hallId: number;
  title: string;
  capacity?: number;
  group?: PluginTableGroup;
}

/** An order that went from one table to another. */
export interface TableMove {
  order: { id: string };
  from: { table: { id: number } };
  to: { table: { id: number } };
}

/** One table's order that was joined to another's. */
export interface TableMerge {
  from: { table: { id: number }; order: { id: string } };
  to: { table: { id: number }; order: { id: string } };
}

/** Halls and tables: restaurants that are paid afterwards. Rate limited: 100 calls in 60 s and 200 in 30 min for each method. */
export interface Table {
  /**
   * Every hall. Permission `table = ["read"]`.
   * @example const halls = await posPluginSdk.table.getHalls();
   */
  getHalls(): Promise<PluginHall[]>;
  /**
   * Every table, with its open order where it has one. Permission `table = ["read"]`.
   * @example const free = (await posPluginSdk.table.getTables()).filter((table) => table.order === undefined);
   */
  getTables(): Promise<Array<PluginTable & { order?: PluginOrder }>>;
  /**
   * One table. Permission `table = ["read"]`. Rejects when there is none.
   * @example const table = await posPluginSdk.table.getTable(7);
   */
  getTable(tableId: number): Promise<PluginTable & { order?: PluginOrder }>;
  /**
   * Changes of tables, by id. One handler an event: a second call replaces the first. Permission `table = ["read"]`.
   * @example posPluginSdk.table.on("order-add", (tableId) => console.log(tableId));
   */
  on(event: "add" | "update" | "delete" | "clear" | "order-add" | "order-update", cb: (tableId: number) => void): void;
  /** An order moved to another table. */
  on(event: "move", cb: (e: TableMove) => void): void;
  /** Two tables' orders became one. */
  on(event: "merge", cb: (e: TableMerge) => void): void;
}

// The overloads of `on` give each event its own argument; inside they are one map.
type AnyHandler = (argument: never) => void;

/** @internal */
export function createTable(client: Client): Table {
  const handlers = new Handlers<AnyHandler>();
  client.onEvent("table.change.event", (data) => handlers.of(data["event"])?.(argumentOf(data) as never));
  return {
    async getHalls() {
      const answer = await client.request("hall.list.request", {}, { limitedAs: "table.getHalls" });
      return answer["halls"] as PluginHall[];
    },
    async getTables() {
      const answer = await client.request("table.list.request", {}, { limitedAs: "table.getTables" });
      return answer["tables"] as PluginTable[];
    },
    async getTable(tableId) {
      const answer = await client.request("table.get.request", { table: { id: tableId } }, { limitedAs: "table.getTable" });
      return answer["table"] as PluginTable;
    },
    on: (event: string, cb: AnyHandler) => handlers.set(event, cb),
  };
}

function argumentOf({ event, order, from, to, table }: Data): unknown {
  if (event === "move") return { order, from, to };
  if (event === "merge") return { from, to };
  return pick(table, "id");
}
