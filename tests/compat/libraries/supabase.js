import { createClient } from "@supabase/supabase-js";
import { say } from "./say.js";

// Answered here: what is tried is that the library loads, looks for its globals and builds its call.
const asked = [];
const fetch = async (url, { method }) => {
  asked.push(`${method} ${url}`);
  return { ok: true, status: 200, statusText: "OK", headers: new Map(), text: async () => '[{"id":1042}]' };
};
const supabase = createClient("https://shop.supabase.co", "public-key", {
  auth: { persistSession: false, autoRefreshToken: false },
  global: { fetch },
});
supabase
  .from("orders")
  .select("id")
  .eq("shop", 7)
  .limit(1)
  .then(({ data, error }) => say(`supabase: ${asked.join()} ${JSON.stringify(data ?? error)}`));
