// The console, and how a value is put into words for people.
(function (native, shared) {
  'use strict';
  const DEPTH_MAX = 4;
  const ENTRIES_MAX = 100;
  const TEXT_MAX = 16384;

  function quoted(text) {
    return "'" + text.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n') + "'";
  }

  function keyText(key) {
    if (typeof key === 'symbol') return `[${String(key)}]`;
    return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? key : quoted(key);
  }

  function className(value) {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === null) return '[Object: null prototype]';
    const made = prototype.constructor;
    return typeof made === 'function' && made.name ? made.name : 'Object';
  }

  function errorText(error) {
    const headline = errorHeadline(error);
    const stack = typeof error.stack === 'string' ? error.stack.trimEnd() : '';
    if (stack === '') return `[${headline}]`;
    return stack.startsWith(headline) ? stack : `${headline}\n${stack}`;
  }

  function errorHeadline(error) {
    const name = String(error.name ?? 'Error');
    const message = String(error.message ?? '');
    return message === '' ? name : `${name}: ${message}`;
  }

  const isError = (value) => Error.isError ? Error.isError(value) || value instanceof Error || value instanceof DOMException : value instanceof Error || value instanceof DOMException;

  function show(value, depth, above) {
    switch (typeof value) {
      case 'string': return quoted(value.length > TEXT_MAX ? value.slice(0, TEXT_MAX) + '…' : value);
      case 'bigint': return `${value}n`;
      case 'symbol': return String(value);
      case 'function': return showFunction(value);
      case 'object': return value === null ? 'null' : showObject(value, depth, above);
      default: return Object.is(value, -0) ? '-0' : String(value);
    }
  }

  function showFunction(value) {
    const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'Function';
    return value.name ? `[${kind}: ${value.name}]` : `[${kind} (anonymous)]`;
  }

  function showObject(value, depth, above) {
    if (above.includes(value)) return '[Circular]';
    if (isError(value)) return withFields(errorText(value), value, depth, above, ['message', 'stack', 'name', 'cause']) + causeOf(value, depth, above);
    if (value instanceof Date) return isNaN(value) ? 'Invalid Date' : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Promise) return 'Promise { … }';
    if (value instanceof WeakMap || value instanceof WeakSet) return `${className(value)} { … }`;
    if (value instanceof Number || value instanceof String || value instanceof Boolean) return `[${className(value)}: ${show(value.valueOf(), depth, above)}]`;
    if (depth > DEPTH_MAX) return Array.isArray(value) ? '[Array]' : `[${className(value)}]`;
    const nested = [...above, value];
    if (Array.isArray(value)) return list('', '[', ']', arrayParts(value, depth, nested));
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return list(`${className(value)}(${value.length}) `, '[', ']', arrayParts(value, depth, nested));
    if (value instanceof ArrayBuffer) return `ArrayBuffer { byteLength: ${value.byteLength} }`;
    if (value instanceof Map) return list(`Map(${value.size}) `, '{', '}', mapParts(value, depth, nested));
    if (value instanceof Set) return list(`Set(${value.size}) `, '{', '}', setParts(value, depth, nested));
    const name = className(value);
    return list(name === 'Object' ? '' : `${name} `, '{', '}', fieldParts(value, depth, nested, []));
  }

  function causeOf(error, depth, above) {
    return 'cause' in error && depth <= DEPTH_MAX ? `\n[cause]: ${show(error.cause, depth + 1, [...above, error])}` : '';
  }

  function withFields(text, value, depth, above, without) {
    if (depth > DEPTH_MAX) return text;
    const parts = fieldParts(value, depth, [...above, value], without);
    return parts.length === 0 ? text : `${text} ${list('', '{', '}', parts)}`;
  }

  function arrayParts(value, depth, above) {
    const parts = [];
    for (let index = 0; index < value.length && index < ENTRIES_MAX; index += 1) parts.push(index in value ? show(value[index], depth + 1, above) : '<empty>');
    return more(parts, value.length);
  }

  function mapParts(value, depth, above) {
    const parts = [];
    for (const [key, held] of value) {
      if (parts.length === ENTRIES_MAX) break;
      parts.push(`${show(key, depth + 1, above)} => ${show(held, depth + 1, above)}`);
    }
    return more(parts, value.size);
  }

  function setParts(value, depth, above) {
    const parts = [];
    for (const held of value) {
      if (parts.length === ENTRIES_MAX) break;
      parts.push(show(held, depth + 1, above));
    }
    return more(parts, value.size);
  }

  // Getters are named, not called: printing must not run the plugin's code.
  function fieldParts(value, depth, above, without) {
    const keys = Reflect.ownKeys(value).filter((key) => !without.includes(key) && Object.prototype.propertyIsEnumerable.call(value, key));
    const parts = keys.slice(0, ENTRIES_MAX).map((key) => {
      const property = Object.getOwnPropertyDescriptor(value, key);
      const text = property === undefined ? '?' : 'value' in property ? show(property.value, depth + 1, above) : property.get ? '[Getter]' : '[Setter]';
      return `${keyText(key)}: ${text}`;
    });
    return more(parts, keys.length);
  }

  function more(parts, total) {
    if (total > parts.length) parts.push(`… ${total - parts.length} more`);
    return parts;
  }

  function list(prefix, open, close, parts) {
    if (parts.length === 0) return `${prefix}${open}${close}`;
    const line = parts.join(', ');
    if (line.length <= 72 && !line.includes('\n')) return open === '[' ? `${prefix}[ ${line} ]` : `${prefix}{ ${line} }`;
    return `${prefix}${open}\n${parts.map((part) => '  ' + part.replaceAll('\n', '\n  ')).join(',\n')}\n${close}`;
  }

  function safely(work) {
    try {
      return work();
    } catch {
      return '[a value that cannot be shown]';
    }
  }

  const inspect = (value) => safely(() => show(value, 0, []));

  const directives = {
    s: (value) => (typeof value === 'string' ? value : typeof value === 'object' && value !== null ? inspect(value) : String(value)),
    d: (value) => (typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' ? 'NaN' : String(Number(value))),
    i: (value) => (typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' ? 'NaN' : String(parseInt(value, 10))),
    f: (value) => (typeof value === 'symbol' ? 'NaN' : String(parseFloat(value))),
    j: (value) => safely(() => JSON.stringify(value)),
    o: inspect,
    O: inspect,
    c: () => '',
  };

  function format(values) {
    let rest = values;
    const parts = [];
    if (typeof values[0] === 'string') {
      let next = 1;
      parts.push(values[0].replace(/%([sdifjoOc%])/g, (whole, letter) => {
        if (letter === '%') return values.length > 1 ? '%' : whole;
        return next < values.length ? directives[letter](values[next++]) : whole;
      }));
      rest = values.slice(next);
    }
    for (const value of rest) parts.push(typeof value === 'string' ? value : inspect(value));
    return parts.join(' ');
  }

  let indent = '';
  function write(level, values) {
    let text = safely(() => format(values));
    if (text.length > TEXT_MAX) text = text.slice(0, TEXT_MAX) + '…';
    if (indent !== '') text = indent + text.replaceAll('\n', '\n' + indent);
    native.console(level, text.toWellFormed());
  }

  const counts = new Map();
  const times = new Map();
  const sinceTime = (label) => `${label}: ${(performance.now() - times.get(label)).toFixed(3)} ms`;
  const console = {
    log(...values) { write('log', values); },
    info(...values) { write('info', values); },
    warn(...values) { write('warn', values); },
    error(...values) { write('error', values); },
    debug(...values) { write('debug', values); },
    trace(...values) { write('debug', ['Trace:', ...values, '\n' + new Error().stack]); },
    dir(value) { write('log', [inspect(value)]); },
    dirxml(...values) { write('log', values); },
    table(value) { write('log', [inspect(value)]); },
    assert(condition, ...values) { if (!condition) write('error', ['Assertion failed:', ...values]); },
    group(...values) {
      if (values.length > 0) write('log', values);
      if (indent.length < 40) indent += '  ';
    },
    groupCollapsed(...values) { console.group(...values); },
    groupEnd() { indent = indent.slice(2); },
    count(label = 'default') {
      counts.set(String(label), (counts.get(String(label)) ?? 0) + 1);
      write('log', [`${label}: ${counts.get(String(label))}`]);
    },
    countReset(label = 'default') { counts.delete(String(label)); },
    time(label = 'default') { times.set(String(label), performance.now()); },
    timeLog(label = 'default', ...values) { if (times.has(String(label))) write('log', [sinceTime(String(label)), ...values]); },
    timeEnd(label = 'default') {
      if (!times.has(String(label))) return;
      write('log', [sinceTime(String(label))]);
      times.delete(String(label));
    },
    clear() {},
    timeStamp() {},
    profile() {},
    profileEnd() {},
  };
  shared.define('console', console);
  shared.inspect = inspect;
  // [message, stack] of anything that can be thrown.
  shared.describe = (thrown) => {
    try {
      if (isError(thrown)) return [errorHeadline(thrown).toWellFormed(), (typeof thrown.stack === 'string' ? thrown.stack : '').toWellFormed()];
    } catch {}
    return [inspect(thrown).toWellFormed(), ''];
  };
})
