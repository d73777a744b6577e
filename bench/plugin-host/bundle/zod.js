// The whole of zod 4, whose figure is printed beside the others: larger than most plugins by itself.
import { z } from "zod";
import "../../../tests/compat/independent-client/plugin.js";

self.bench = z.object({ id: z.string(), total: z.number().int() }).parse({ id: "1042", total: 4500 });
console.log("bench bundle: ready");
