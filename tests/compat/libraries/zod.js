import { z } from "zod";
import { say } from "./say.js";

const Order = z.object({ id: z.string(), total: z.number().int().positive(), memo: z.string().max(4).optional() });
const good = Order.parse({ id: "1042", total: 4500, extra: true });
const bad = Order.safeParse({ id: 7, total: -1 });
say(`zod: ${JSON.stringify(good)} ${bad.error.issues.map((issue) => issue.path.join(".")).join(",")}`);
