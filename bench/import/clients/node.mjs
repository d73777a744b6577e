// The import as one writes it in Node: `node node.mjs FILE FOLDER-OF-SOCKET`. Streams joined by `pipeline`, so that the slowest sets the pace.

import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

import { parse } from "csv-parse";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

import { Rows } from "./rows.mjs";

const [file, host] = process.argv.slice(2);
const client = new pg.Client({ host, user: "postgres", database: "postgres" });
await client.connect();
await client.query("BEGIN");
const copy = client.query(copyFrom("COPY sale FROM STDIN"));
const rows = new Rows();
await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), parse({ from_line: 2 }), rows, copy);
await client.query("COMMIT");
await client.end();
console.error(`${rows.taken} rows taken, ${rows.refused} refused`);
