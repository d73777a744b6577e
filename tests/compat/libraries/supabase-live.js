import { createClient } from "@supabase/supabase-js";
import { say } from "./say.js";

// With the worker's own fetch and WebSocket, to a server that the test starts and writes in place of this address.
const supabase = createClient("http://supabase.invalid", "public-key", {
  auth: { persistSession: false, autoRefreshToken: false },
});

function listen() {
  supabase
    .channel("shop")
    .on("broadcast", { event: "order" }, ({ payload }) => say(`supabase: told ${JSON.stringify(payload)}`))
    .subscribe((status) => say(`supabase: ${status}`));
}

supabase
  .from("orders")
  .select("id")
  .eq("shop", 7)
  .limit(1)
  .then(({ data, error }) => {
    say(`supabase: ${JSON.stringify(data ?? error)}`);
    listen();
  });
