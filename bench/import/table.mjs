// The table that is written into: made afresh for every turn, and looked at afterwards.

import { readFileSync } from "node:fs";

const CREATE = readFileSync(new URL("sale.sql", import.meta.url), "utf8");

/** Nothing of the turn before is left for the server to write, and every row is there afterwards or the turn does not count. */
export function importedInto(server, data, ask) {
  clear(server);
  server.sql(CREATE);
  server.sql("CHECKPOINT");
  const result = ask();
  const found = server.sql("SELECT count(*), sum(price) FROM sale");
  clear(server);
  const wanted = `${data.rows}|${data.price_sum}`;
  return result.failure || found === wanted ? result : { failure: `the table has ${found} rows and sum of prices, not ${wanted}` };
}

/** What madang keeps beside the table would tell it that the same was imported before. */
function clear(server) {
  server.sql("DROP TABLE IF EXISTS sale, madang_import");
}
