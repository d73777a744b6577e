// Everything of the engine that would look at the machine: its clock, its time zone, its chance. In its place come the
// clock, the zone and the seed that the state machine was given.
(function (native, shared) {
  'use strict';
  const scope = globalThis;
  const { define } = shared;

  // Chance. `crypto.getRandomValues` and `randomUUID` draw from the same seed, another stream.
  Object.defineProperty(Math, 'random', {
    value: function random() { return native.random(); }, writable: true, configurable: true,
  });
  shared.fillRandomly = (bytes) => native.fillRandomly(bytes);

  // The clock that measures.
  define('performance', {
    timeOrigin: native.timeOrigin(),
    now() { return native.sinceStart(); },
    mark() {},
    measure() {},
    clearMarks() {},
    clearMeasures() {},
    getEntriesByName() { return []; },
    getEntriesByType() { return []; },
    toJSON() { return { timeOrigin: this.timeOrigin }; },
  });

  // Timers: the callbacks stay here, the times in the state machine.
  const waiting = new Map();
  function setTimer(what, delay, args, repeats) {
    if (typeof what !== 'function') throw new TypeError('madang: a timer needs a function');
    const id = native.setTimer(Number(delay), repeats);
    waiting.set(id, { what, args });
    return id;
  }
  function clearTimer(given) {
    const id = Number(given);
    if (waiting.delete(id)) native.clearTimer(id);
  }
  define('setTimeout', function setTimeout(callback, delay, ...args) { return setTimer(callback, delay, args, false); });
  define('setInterval', function setInterval(callback, delay, ...args) { return setTimer(callback, delay, args, true); });
  define('clearTimeout', function clearTimeout(id) { clearTimer(id); });
  define('clearInterval', function clearInterval(id) { clearTimer(id); });
  shared.fire = (id, stays) => {
    const timer = waiting.get(id);
    if (timer === undefined) return;
    if (!stays) waiting.delete(id);
    timer.what.apply(scope, timer.args);
  };

  // The calendar. A Date stays the engine's own object; what it says about local time is worked out on a second date
  // whose UTC fields are the shop's local ones.
  const EngineDate = scope.Date;
  const prototype = EngineDate.prototype;
  const timeOf = prototype.getTime;
  const setTimeOf = prototype.setTime;
  const local = new EngineDate(0);

  function toLocal(time) { return time + native.zoneOffset(time); }
  function toTime(localTime) { return isNaN(localTime) ? NaN : native.zoneToTime(localTime); }

  function replace(name, length, value) {
    Object.defineProperty(value, 'name', { value: name, configurable: true });
    Object.defineProperty(value, 'length', { value: length, configurable: true });
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  }

  for (const field of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
    const read = prototype[`getUTC${field}`];
    replace(`get${field}`, 0, function () {
      const time = timeOf.call(this);
      if (isNaN(time)) return NaN;
      setTimeOf.call(local, toLocal(time));
      return read.call(local);
    });
  }
  for (const [field, length] of [['FullYear', 3], ['Month', 2], ['Date', 1], ['Hours', 4], ['Minutes', 3], ['Seconds', 2], ['Milliseconds', 1]]) {
    const write = prototype[`setUTC${field}`];
    replace(`set${field}`, length, function (...values) {
      const time = timeOf.call(this);
      // Only a year makes a valid date out of an invalid one.
      if (isNaN(time) && field !== 'FullYear') return NaN;
      setTimeOf.call(local, isNaN(time) ? 0 : toLocal(time));
      return setTimeOf.call(this, toTime(write.apply(local, values)));
    });
  }
  replace('getYear', 0, function () { return this.getFullYear() - 1900; });
  replace('setYear', 1, function (year) {
    const number = Math.trunc(Number(year));
    return this.setFullYear(number >= 0 && number <= 99 ? 1900 + number : number);
  });
  replace('getTimezoneOffset', 0, function () {
    const time = timeOf.call(this);
    return isNaN(time) ? NaN : -native.zoneOffset(time) / 60000;
  });

  const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const two = (number) => String(number).padStart(2, '0');
  function yearText(year) { return (year < 0 ? '-' : '') + String(Math.abs(year)).padStart(year < 0 ? 6 : 4, '0'); }
  function dateText(date) { return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${two(date.getDate())} ${yearText(date.getFullYear())}`; }
  function timeText(date) {
    const minutes = -date.getTimezoneOffset();
    const size = Math.trunc(Math.abs(minutes));
    const offset = `${minutes < 0 ? '-' : '+'}${two(Math.trunc(size / 60))}${two(size % 60)}`;
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} GMT${offset} (${native.zoneName(timeOf.call(date))})`;
  }
  const texts = { toString: (date) => `${dateText(date)} ${timeText(date)}`, toDateString: dateText, toTimeString: timeText };
  for (const [name, text] of Object.entries(texts)) {
    replace(name, 0, function () { return isNaN(timeOf.call(this)) ? 'Invalid Date' : text(this); });
  }

  const ISO_LOCAL = /^(?:[+-]\d{6}|\d{4})-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?$/;
  const ISO_OTHER = /^(?:[+-]\d{6}|\d{4})(?:-\d\d(?:-\d\d)?)?(?:T.*)?$/;
  const NAMES_A_ZONE = /\b(?:GMT|UTC|UT|[ECMP][SD]T)\b|\dZ$|:\d\d(?:\.\d+)?\s*[+-]\d/i;
  const parseInEngine = EngineDate.parse;
  // The engine would read a text without a zone in the machine's zone: it is read as UTC and then moved to the shop's.
  function parse(given) {
    const text = String(given).trim();
    if (ISO_LOCAL.test(text)) return toTime(parseInEngine(text.replace(' ', 'T').replace(',', '.') + 'Z'));
    if (ISO_OTHER.test(text) || NAMES_A_ZONE.test(text)) return parseInEngine(text);
    return toTime(parseInEngine(`${text} GMT`));
  }

  const fromFields = EngineDate.UTC;
  function Date(...values) {
    if (new.target === undefined) return new Date().toString();
    return Reflect.construct(EngineDate, [timeFrom(values)], new.target);
  }
  function timeFrom(values) {
    if (values.length === 0) return native.now();
    if (values.length > 1) return toTime(fromFields(...values));
    const value = values[0];
    if (value instanceof EngineDate) return timeOf.call(value);
    const primitive = typeof value === 'object' && value !== null ? value[Symbol.toPrimitive]?.('default') ?? value.valueOf() : value;
    return typeof primitive === 'string' ? parse(primitive) : Number(primitive);
  }
  Object.defineProperty(Date, 'length', { value: 7, configurable: true });
  Object.defineProperty(Date, 'prototype', { value: prototype, writable: false, enumerable: false, configurable: false });
  Object.defineProperty(prototype, 'constructor', { value: Date, writable: true, configurable: true });
  const statics = { now() { return native.now(); }, parse(text) { return parse(text); }, UTC: fromFields };
  for (const [name, value] of Object.entries(statics)) Object.defineProperty(Date, name, { value, writable: true, configurable: true });
  define('Date', Date);
})
