// One call and what it costs its caller, calls that wait, outages, and calling off: see ../README.md.

import { ROOT, runBench } from "../report/run.mjs";
import { cases } from "./cases.mjs";
import { foundPeers } from "./peers.mjs";
import { withServer } from "./server.mjs";

const { found, server } = foundPeers(ROOT);

await runBench({
  name: "gateway",
  title: "Gateway",
  cases: cases(),
  found,
  argumentsOf: ({ path = "/kilobyte", inFlight = 1, breaker = "on" }) => ["--path", path, "--in-flight", inFlight, "--breaker", breaker],
  during: (ask) => withServer(server, (origin) => ask(["--origin", origin])),
});
