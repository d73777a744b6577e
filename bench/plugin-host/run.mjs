// Starting plugins, and the way of an event through one: see ../README.md.

import { ROOT, runBench } from "../report/run.mjs";
import { cases } from "./cases.mjs";
import { foundPeers } from "./peers.mjs";

await runBench({
  name: "plugin-host",
  title: "Plugin host",
  cases: cases(),
  found: foundPeers(ROOT),
  argumentsOf: ({ plugin, plugins = 1, inFlight = 1 }) => ["--plugin", plugin, "--plugins", plugins, "--in-flight", inFlight],
});
