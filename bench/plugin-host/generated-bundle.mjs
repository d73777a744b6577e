// A stand-in for a plugin with libraries in it: modules of classes, tables, patterns and closures, each run once while the
// script loads, and small.js at the end. The same bytes every time.

import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";

const BYTES = 330_000;

export function generatedBundle() {
  const small = readFileSync(new URL("plugins/small.js", import.meta.url), "utf8");
  const parts = ['"use strict";\nconst modules = [];\n'];
  let length = Buffer.byteLength(small + parts[0]);
  for (let n = 0; length < BYTES; n += 1) {
    const text = moduleText(n);
    parts.push(text);
    length += Buffer.byteLength(text);
  }
  return `${parts.join("")}${small}`;
}

function moduleText(n) {
  const rows = Array.from({ length: 12 }, (_, i) => `    { id: ${n * 100 + i}, name: "항목 ${n}-${i}", price: ${(n * 37 + i * 500) % 90_000} },`);
  return `modules.push((function (exports) {
  const rows${n} = [
${rows.join("\n")}
  ];
  class Node${n} {
    #children = new Map();
    constructor(name, parent) { this.name = name; this.parent = parent; }
    get depth() { return this.parent === undefined ? 0 : this.parent.depth + 1; }
    child(name) {
      if (!this.#children.has(name)) this.#children.set(name, new Node${n}(name, this));
      return this.#children.get(name);
    }
    *walk() { yield this; for (const child of this.#children.values()) yield* child.walk(); }
  }
  const pattern${n} = /^(?<head>[a-z]{1,${(n % 9) + 2}})-(?<tail>\\d{2,})$/u;
  exports.parse = (text) => pattern${n}.exec(text)?.groups ?? { head: text, tail: "${n}" };
  exports.total = (filter = () => true) => rows${n}.filter(filter).reduce((sum, { price }) => sum + price, 0);
  exports.tree = () => rows${n}.reduce((root, { name }) => (root.child(name[0]).child(name), root), new Node${n}("root"));
  exports.format = async ({ locale = "ko", ...rest } = {}) => {
    try { return JSON.stringify({ locale, ...rest, size: [...exports.tree().walk()].length }); }
    catch (error) { throw new TypeError("module ${n}: " + error.message, { cause: error }); }
  };
  exports.ready = exports.total() >= 0 && exports.parse("ab-${n}").tail !== "";
  return exports;
})({}));
`;
}
