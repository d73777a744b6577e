// FormData, and how it is written and read as multipart/form-data.
(function (native, shared) {
  'use strict';
  for (const part of ['text', 'blob', 'crypto']) shared.use(part);
  // More fields than any form has; each costs an object.
  const PARTS_MAX = 1_000;
  // Characters of one part's head: a name, a file's name and a type.
  const HEAD_LENGTH_MAX = 8 << 10;

  class FormData {
    #entries = [];
    static #entry(name, value, fileName) {
      if (!(value instanceof Blob)) {
        if (fileName !== undefined) throw new TypeError('madang: only a Blob of a form has a file name');
        return [String(name).toWellFormed(), String(value).toWellFormed()];
      }
      const isNamed = value instanceof File && fileName === undefined;
      const { type, lastModified } = value;
      const file = isNamed ? value : new File([value], fileName === undefined ? 'blob' : String(fileName), { type, lastModified });
      return [String(name).toWellFormed(), file];
    }
    append(name, value, fileName) { this.#entries.push(FormData.#entry(name, value, fileName)); }
    delete(name) { this.#entries = this.#entries.filter(([key]) => key !== String(name)); }
    get(name) { return this.#entries.find(([key]) => key === String(name))?.[1] ?? null; }
    getAll(name) { return this.#entries.filter(([key]) => key === String(name)).map(([, value]) => value); }
    has(name) { return this.#entries.some(([key]) => key === String(name)); }
    set(name, value, fileName) {
      const entry = FormData.#entry(name, value, fileName);
      const index = this.#entries.findIndex(([key]) => key === entry[0]);
      if (index < 0) this.#entries.push(entry);
      else this.#entries = this.#entries.filter(([key], at) => at <= index || key !== entry[0]).with(index, entry);
    }
    forEach(callback, self) { for (const [name, value] of this.#entries) callback.call(self, value, name, this); }
    *entries() { yield* this.#entries.map(([name, value]) => [name, value]); }
    *keys() { for (const [name] of this.#entries) yield name; }
    *values() { for (const [, value] of this.#entries) yield value; }
    [Symbol.iterator]() { return this.entries(); }
  }
  Object.defineProperty(FormData.prototype, Symbol.toStringTag, { value: 'FormData', configurable: true });
  shared.define('FormData', FormData);

  const withLineEnds = (text) => text.replace(/\r\n?|\n/g, '\r\n');
  const quoted = (name) => name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const unquoted = (name) => name.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n');

  // The form as bytes, and their type.
  shared.multipart = (form) => {
    const boundary = `----madang${[...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    const parts = [];
    for (const [name, value] of form) {
      const isFile = value instanceof Blob;
      const file = isFile ? `; filename="${quoted(value.name)}"\r\nContent-Type: ${value.type || 'application/octet-stream'}` : '';
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(withLineEnds(name))}"${file}\r\n\r\n`;
      parts.push(head, isFile ? value : withLineEnds(value), '\r\n');
    }
    const whole = new Blob([...parts, `--${boundary}--\r\n`]);
    return { bytes: shared.bytesOfBlob(whole), type: `multipart/form-data; boundary=${boundary}` };
  };

  function refuse(why) {
    throw new TypeError(`madang: the form cannot be read: ${why}`);
  }

  // RFC 2046 knows no other boundaries. None has a line end, so looking for one takes one way through the body.
  function boundaryOf(type) {
    const found = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(type);
    const boundary = found?.[1] ?? found?.[2] ?? '';
    if (!/^[0-9A-Za-z'()+_,\-./:=? ]{1,70}$/.test(boundary) || boundary.endsWith(' ')) refuse('its type names no boundary');
    return boundary;
  }

  function headOf(text) {
    const head = { name: undefined, fileName: undefined, type: undefined };
    for (const line of text.split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon < 1) refuse('a part has a line in its head that is no header');
      const value = line.slice(colon + 1).trim();
      const header = line.slice(0, colon).toLowerCase();
      if (header === 'content-type') head.type = value;
      if (header !== 'content-disposition') continue;
      if (!/^form-data\s*(;|$)/i.test(value)) refuse('a part is not form-data');
      for (const [, name, inQuotes, bare] of value.matchAll(/;\s*(name|filename)=(?:"([^"]*)"|([^";\s]+))/gi)) {
        head[name.toLowerCase() === 'name' ? 'name' : 'fileName'] = unquoted(inQuotes ?? bare);
      }
    }
    if (head.name === undefined) refuse('a part has no name');
    return head;
  }

  // What the bytes say, each character a byte.
  shared.formOfMultipart = (bytes, type) => {
    const delimiter = `--${boundaryOf(type)}`;
    const text = native.decode(bytes, 'windows-1252', false);
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const form = new FormData();
    let parts = 0;
    let at = 0;
    if (!text.startsWith(delimiter)) refuse('it does not begin with its boundary');
    for (;;) {
      at += delimiter.length;
      if (text.startsWith('--', at)) return form;
      if (!text.startsWith('\r\n', at)) refuse('something follows a boundary in its line');
      at += 2;
      parts += 1;
      if (parts > PARTS_MAX) refuse(`it has more than ${PARTS_MAX} parts`);
      const headLength = text.slice(at, at + HEAD_LENGTH_MAX + 4).indexOf('\r\n\r\n');
      if (headLength < 0) refuse(`a part's head does not end, or has more than ${HEAD_LENGTH_MAX} bytes`);
      const head = headOf(decoder.decode(bytes.subarray(at, at + headLength)));
      at += headLength + 4;
      // The line end before a boundary belongs to it, also where a part is empty.
      const end = text.indexOf(`\r\n${delimiter}`, at);
      if (end < 0) refuse('its last boundary is missing');
      const content = bytes.subarray(at, end);
      form.append(head.name, head.fileName === undefined ? decoder.decode(content) : new File([content], head.fileName, { type: head.type ?? 'text/plain' }));
      at = end + 2;
    }
  };
})
