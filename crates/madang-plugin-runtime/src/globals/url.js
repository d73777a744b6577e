// URL and URLSearchParams. Parsing and every change of a part is done by the host's URL library.
(function (native, shared) {
  'use strict';
  const well = (value) => String(value).toWellFormed();

  // A form-encoded text and its pairs.
  function pairsOf(text) {
    return native.formParse(text).map(([name, value]) => [name, value]);
  }

  class URLSearchParams {
    #pairs = [];
    #changed = null;
    constructor(init = '') {
      if (typeof init === 'object' && init !== null) {
        if (typeof init[Symbol.iterator] === 'function') {
          for (const pair of init) {
            const [name, value, ...more] = [...pair];
            if (value === undefined || more.length > 0) throw new TypeError('madang: each query parameter is a pair of name and value');
            this.#pairs.push([well(name), well(value)]);
          }
        } else {
          for (const name of Object.keys(init)) this.#pairs.push([well(name), well(init[name])]);
        }
      } else {
        this.#pairs = pairsOf(well(init).replace(/^\?/, ''));
      }
    }
    static bind(params, changed) { params.#changed = changed; }
    static replace(params, text) { params.#pairs = pairsOf(text); }
    #tell() { this.#changed?.(this.toString()); }
    get size() { return this.#pairs.length; }
    append(name, value) {
      this.#pairs.push([well(name), well(value)]);
      this.#tell();
    }
    delete(name, value) {
      const key = well(name);
      this.#pairs = this.#pairs.filter((pair) => pair[0] !== key || (value !== undefined && pair[1] !== well(value)));
      this.#tell();
    }
    get(name) {
      const key = well(name);
      return this.#pairs.find((pair) => pair[0] === key)?.[1] ?? null;
    }
    getAll(name) {
      const key = well(name);
      return this.#pairs.filter((pair) => pair[0] === key).map((pair) => pair[1]);
    }
    has(name, value) {
      const key = well(name);
      return this.#pairs.some((pair) => pair[0] === key && (value === undefined || pair[1] === well(value)));
    }
    set(name, value) {
      const key = well(name);
      const first = this.#pairs.findIndex((pair) => pair[0] === key);
      if (first < 0) return this.append(key, value);
      this.#pairs[first] = [key, well(value)];
      this.#pairs = this.#pairs.filter((pair, index) => index <= first || pair[0] !== key);
      this.#tell();
    }
    sort() {
      this.#pairs.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
      this.#tell();
    }
    forEach(callback, self) { for (const [name, value] of this.#pairs) callback.call(self, value, name, this); }
    *entries() { for (const [name, value] of this.#pairs) yield [name, value]; }
    *keys() { for (const [name] of this.#pairs) yield name; }
    *values() { for (const [, value] of this.#pairs) yield value; }
    [Symbol.iterator]() { return this.entries(); }
    toString() { return native.formWrite(this.#pairs); }
  }
  const { bind, replace } = URLSearchParams;
  delete URLSearchParams.bind;
  delete URLSearchParams.replace;

  class URL {
    #parts;
    #params = null;
    constructor(url, base) {
      const parts = native.urlParse(well(url), base === undefined ? undefined : well(base));
      if (parts === undefined || parts === null) throw Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: well(url) });
      this.#parts = parts;
    }
    static canParse(url, base) { return Boolean(native.urlParse(well(url), base === undefined ? undefined : well(base))); }
    static parse(url, base) {
      try {
        return new URL(url, base);
      } catch {
        return null;
      }
    }
    #set(part, value) {
      const parts = native.urlSet(this.#parts.href, part, well(value));
      if (parts) this.#parts = parts;
      if (this.#params !== null && (part === 'search' || part === 'href')) replace(this.#params, this.#parts.search.replace(/^\?/, ''));
    }
    get href() { return this.#parts.href; }
    set href(value) {
      const parts = native.urlParse(well(value));
      if (!parts) throw new TypeError('Invalid URL');
      this.#parts = parts;
      if (this.#params !== null) replace(this.#params, parts.search.replace(/^\?/, ''));
    }
    get origin() { return this.#parts.origin; }
    get searchParams() {
      if (this.#params === null) {
        this.#params = new URLSearchParams(this.#parts.search);
        bind(this.#params, (text) => {
          const parts = native.urlSet(this.#parts.href, 'search', text);
          if (parts) this.#parts = parts;
        });
      }
      return this.#params;
    }
    toString() { return this.#parts.href; }
    toJSON() { return this.#parts.href; }
    static {
      for (const part of ['protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']) {
        Object.defineProperty(URL.prototype, part, {
          get() { return this.#parts[part]; },
          set(value) { this.#set(part, value); },
          enumerable: true,
          configurable: true,
        });
      }
    }
  }
  for (const made of [URL, URLSearchParams]) {
    Object.defineProperty(made.prototype, Symbol.toStringTag, { value: made.name, configurable: true });
    shared.define(made.name, made);
  }
})
