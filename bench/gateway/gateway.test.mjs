import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";

import { cases } from "./cases.mjs";
import { MEASURES } from "./measures.mjs";

/** Answers as `peers/src/bin/server.rs` does, in this process. */
function serve() {
  const counts = {};
  const begun = onceEach();
  const closed = onceEach();
  const server = createServer((request, response) => {
    const [kind, what, name] = request.url.slice(1).split("/");
    if (kind === "kilobyte") return response.end("x".repeat(1024));
    if (kind === "watch" && what === "counts") return response.end(JSON.stringify(counts));
    if (kind === "watch") return (what === "begun" ? begun : closed).when(name, (ns) => response.end(ns));
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (kind === "unavailable") return response.writeHead(503).end();
    if (kind === "cut") return request.socket.destroy();
    request.socket.on("close", () => closed.tell(what));
    return begun.tell(what);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Things that happen once, for those who ask before and after. */
function onceEach() {
  const happened = new Map();
  const asking = new Map();
  return {
    tell(name) {
      happened.set(name, String(process.hrtime.bigint()));
      asking.get(name)?.(happened.get(name));
    },
    when(name, told) {
      if (happened.has(name)) told(happened.get(name));
      else asking.set(name, told);
    },
  };
}

const server = await serve();
const origin = `http://127.0.0.1:${server.address().port}`;
after(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

async function call(path, signal) {
  const response = await fetch(`${origin}${path}`, { signal });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return (await response.arrayBuffer()).byteLength;
}

test("what is measured is counted", async () => {
  const { call_us, processor_us_per_call, per_second } = await MEASURES.calls(call, { path: "/kilobyte", inFlight: 4, count: 50 });
  assert.equal(call_us.count, 50);
  assert.ok(call_us.min <= call_us.p50 && call_us.p50 <= call_us.p99);
  assert.ok(processor_us_per_call > 0 && per_second > 0);
});

test("an answer of another length is told", async () => {
  await assert.rejects(MEASURES.calls(call, { path: "/watch/counts", inFlight: 1, count: 1 }), /an answer of \d+ bytes came/);
});

test("every request of an outage is counted", async () => {
  for (const path of ["/unavailable", "/cut"]) {
    const { attempts, attempts_per_call } = await MEASURES.outage(call, { origin, path, count: 5 });
    assert.deepEqual([attempts, attempts_per_call], [5, 1], path);
  }
});

test("a call that is called off is seen to be closed", async () => {
  const { close_us } = await MEASURES.abort(call, { origin, count: 3 });
  assert.equal(close_us.count, 3);
});

test("every case asks for a measure that peers have", () => {
  for (const { name, measure } of cases()) assert.ok(measure in MEASURES, name);
});
