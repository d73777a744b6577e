import assert from "node:assert/strict";
import { scene } from "./harness/scene.mjs";

scene("only the page that was opened gets in", {}, async ({ till }) => {
  const host = `127.0.0.1:${till.port}`;
  const authorization = `Bearer ${till.token}`;
  const rows = [
    { path: "/api/cart", headers: { host, authorization }, status: 200 },
    { path: "/api/cart", headers: { host, authorization, origin: `http://${host}` }, status: 200 },
    { path: "/api/cart", headers: { host }, status: 401 },
    { path: "/api/cart", headers: { host, authorization: "Bearer x" }, status: 401 },
    { path: `/api/cart?token=${till.token}`, headers: { host }, status: 401 },
    { path: "/api/cart", headers: { host: "evil.example", authorization }, status: 403 },
    { path: "/api/cart", headers: { host: `evil.example:${till.port}`, authorization }, status: 403 },
    { path: "/api/cart", headers: { host, authorization, origin: "https://evil.example" }, status: 403 },
    { path: "/api/cart", headers: { host, authorization, origin: "null" }, status: 403 },
    { path: "/api/orders", method: "POST", headers: { host, authorization, origin: "https://evil.example" }, status: 403 },
    { path: "/api/stream", headers: { host, authorization }, status: 200 },
    { path: "/api/stream", headers: { host }, status: 401 },
    { path: "/api/stream", headers: { host, authorization, origin: "https://evil.example" }, status: 403 },
    { path: "/api/stream", headers: { host: "evil.example", authorization }, status: 403 },
    { path: "/", headers: { host: "evil.example" }, status: 403 },
  ];
  for (const { status, ...asked } of rows) {
    const answer = await till.ask(asked.path, asked);
    assert.equal(answer.status, status, JSON.stringify(asked));
    assert.ok(!answer.text.includes(till.token), "no answer holds the token");
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
  }
});

scene("the page is served with a strict policy", {}, async ({ till }) => {
  const { headers } = await till.ask("/", { headers: { host: `127.0.0.1:${till.port}` } });
  const policy = headers["content-security-policy"];
  assert.match(policy, /default-src 'none'|default-src 'self'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe-eval|script-src[^;]*unsafe-inline|\*/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.match(headers["referrer-policy"], /no-referrer|same-origin/);
});

scene("the key is not left in the address", {}, async ({ till, page, cashier }) => {
  await cashier.sees("pay-open");
  assert.ok(!page.url().includes(till.token));
});

scene("a page without a key says how to open it", {}, async ({ till, page, newPage }) => {
  const address = `http://127.0.0.1:${till.port}/order`;
  const stranger = await newPage("/open", "");
  await stranger.page.evaluate(() => globalThis.sessionStorage.clear());
  await stranger.page.goto(address);
  await stranger.sees("open-page", "madang dev");
  assert.ok(page.url().startsWith(address));
});

scene("a page with another start's key says so", { allows: [/status of 401/] }, async ({ till, newPage }) => {
  const stranger = await newPage();
  await stranger.page.evaluate(() => globalThis.sessionStorage.clear());
  await stranger.page.goto(`http://127.0.0.1:${till.port}/orders#token=not-the-key`);
  await stranger.sees("open-page", "madang dev");
});
