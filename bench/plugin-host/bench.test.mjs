import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";

import { generatedBundle } from "./generated-bundle.mjs";
import { Host, MEASURES } from "./host.mjs";

const source = (name) => readFileSync(new URL(`plugins/${name}`, import.meta.url), "utf8");

/** A plugin in a context of this thread; every message it posts is written down. */
function spawnHere(posted) {
  return (text, onMessage) => {
    const plugin = createContext({});
    plugin.self = plugin;
    plugin.postMessage = (message) => {
      posted.push(message.name);
      queueMicrotask(() => onMessage(message));
    };
    runInContext(text, plugin);
    return { post: (data) => queueMicrotask(() => plugin.onmessage({ data })), stop: () => {} };
  };
}

async function checkPlugin(text, expected) {
  const posted = [];
  const host = new Host(spawnHere(posted));
  const plugin = await host.start(text);
  await new Promise((answered) => host.tellOfOrder(plugin, "7300000000000000001", answered));
  assert.deepEqual(posted, expected);
}

test("each plugin asks for the order it was told of and tells what came", async () => {
  const plain = ["plugin.info.request", "order.get.request", "plugin.unicast.send"];
  await checkPlugin(source("small.js"), plain);
  await checkPlugin(generatedBundle(), plain);
  const logged = plain.flatMap((name, n) => (n === 0 ? [name] : ["log", "log", name]));
  await checkPlugin(source("small-with-log.js"), logged);
});

test("what is measured is counted", async () => {
  const asked = { plugins: 3, inFlight: 2, count: 50 };
  const host = new Host(spawnHere([]));
  const { round_trip_us: times, per_second } = await MEASURES["round-trip"](host, source("small.js"), asked);
  assert.equal(times.count, 50);
  assert.ok(times.min <= times.p50 && times.p50 <= times.p99 && times.p99 <= times.max);
  assert.ok(per_second > 0);
});

test("the generated bundle is as large as it says and the same every time", () => {
  const bundle = generatedBundle();
  assert.equal(bundle, generatedBundle());
  const bytes = Buffer.byteLength(bundle);
  assert.ok(bytes >= 330_000 && bytes < 335_000, String(bytes));
});
