// Which till a script finds, and whom it listens to.
import { afterEach, expect, test, vi } from "vitest";
import { findHostChannel } from "../src/channel.js";

afterEach(() => void vi.unstubAllGlobals());

test("none in a plain script", () => {
  expect(findHostChannel()).toBeUndefined();
});

test("a worker speaks through its own scope, even where `self` is missing", () => {
  const posted: unknown[] = [];
  vi.stubGlobal("self", undefined);
  vi.stubGlobal("postMessage", (message: unknown) => posted.push(message));
  vi.stubGlobal("onmessage", null);
  const heard: unknown[] = [];
  const channel = findHostChannel();
  channel?.post({ name: "log", data: {} });
  channel?.listen((message) => heard.push(message));
  (globalThis as unknown as { onmessage: (event: object) => void }).onmessage({ data: "from the till" });
  expect([posted, heard]).toEqual([[{ name: "log", data: {} }], ["from the till"]]);
});

test.each([
  [["Uncaught Error: a", "main.js", 1, 2, new Error("a")], "a"],
  [["Uncaught a", "main.js", 1, 2, undefined], "Uncaught a"],
  [[{ message: "b", error: new Error("c") }], "c"],
  [[{ message: "b" }], "b"],
])("a worker's error handler takes %j", (args: unknown[], message: string) => {
  vi.stubGlobal("postMessage", () => undefined);
  vi.stubGlobal("onerror", null);
  const reported: Error[] = [];
  findHostChannel()?.listenToErrors((error) => reported.push(error));
  const handled = (globalThis as unknown as { onerror: (...args: unknown[]) => boolean }).onerror(...args);
  expect([handled, reported.map((error) => error.message)]).toEqual([true, [message]]);
});

/** A page as its script sees it. */
function stubPage({ framed, parentOrigin }: { framed: boolean; parentOrigin?: string }) {
  const posted: unknown[][] = [];
  const listeners: ((event: object) => void)[] = [];
  const parent = { postMessage: (...args: unknown[]) => posted.push(args) };
  const page: Record<string, unknown> = {
    parent,
    location: { ancestorOrigins: parentOrigin === undefined ? undefined : [parentOrigin] },
    addEventListener: (_: string, listener: (event: object) => void) => listeners.push(listener),
  };
  page["self"] = page;
  page["top"] = framed ? parent : page;
  vi.stubGlobal("document", {});
  vi.stubGlobal("window", page);
  return { parent, posted, say: (event: object) => listeners.forEach((listener) => listener(event)) };
}

test("a page of its own has no till, though it could post to itself", () => {
  stubPage({ framed: false });
  vi.stubGlobal("postMessage", () => undefined);
  expect(findHostChannel()).toBeUndefined();
});

test.each([
  ["http://127.0.0.1:4100", "http://127.0.0.1:4100"],
  ["null", "*"],
  [undefined, "*"],
])("a frame under %s posts to %s", (parentOrigin, target) => {
  const { posted } = stubPage({ framed: true, ...(parentOrigin !== undefined && { parentOrigin }) });
  findHostChannel()?.post({ name: "log", data: {} });
  expect(posted).toEqual([[{ name: "log", data: {} }, target]]);
});

test("a frame hears its parent and nobody else", () => {
  const { parent, say } = stubPage({ framed: true });
  const heard: unknown[] = [];
  findHostChannel()?.listen((message) => heard.push(message));
  say({ source: {}, data: "from a stranger" });
  say({ source: parent, data: "from the till" });
  expect(heard).toEqual(["from the till"]);
});
