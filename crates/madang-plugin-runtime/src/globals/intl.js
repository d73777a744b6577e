// Intl for the two languages of the till, Korean and English, with the plain options. Anything else throws and says its
// name, rather than print something that only looks right. Korean half-days are 오전 and 오후.
(function (native, shared) {
  'use strict';
  const LOCALES = { ko: 'ko-KR', 'ko-kr': 'ko-KR', en: 'en-US', 'en-us': 'en-US' };
  const SPACE = '\u00a0';

  function canonical(tag) {
    if (typeof tag !== 'string' && typeof tag !== 'object') throw new TypeError('madang: a locale is a text');
    const text = String(tag);
    if (!/^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i.test(text)) throw new RangeError(`Incorrect locale information provided: ${text}`);
    return text.split('-').map((part, index) => (index === 0 ? part.toLowerCase() : part.length === 2 ? part.toUpperCase() : part)).join('-');
  }
  function canonicalList(locales) {
    if (locales === undefined) return [];
    return (Array.isArray(locales) ? locales : [locales]).map(canonical);
  }
  function chooseLocale(locales) {
    const wanted = canonicalList(locales);
    if (wanted.length === 0) return 'ko-KR';
    for (const tag of wanted) {
      const known = LOCALES[tag.toLowerCase()];
      if (known !== undefined) return tag.length === 2 ? tag : known;
    }
    throw new RangeError(`madang: the locale ${wanted[0]} is not supported; there are ko-KR and en-US`);
  }
  const supported = (locales) => canonicalList(locales).filter((tag) => LOCALES[tag.toLowerCase()] !== undefined);

  // Takes the options it is told about; another one, or another value, throws with its name.
  function readOptions(given, table) {
    const options = {};
    const source = given === undefined || given === null ? {} : Object(given);
    for (const name of Object.keys(source)) {
      const value = source[name];
      if (value === undefined || IGNORED.has(name)) continue;
      if (!Object.hasOwn(table, name)) throw new RangeError(`madang: the option ${name} is not supported`);
      options[name] = table[name](value, name);
    }
    return options;
  }
  const IGNORED = new Set(['localeMatcher', 'formatMatcher']);
  const oneOf = (...allowed) => (value, name) => {
    const text = String(value);
    if (!allowed.includes(text)) throw new RangeError(`madang: the value ${text} of the option ${name} is not supported`);
    return text;
  };
  const numberIn = (low, high) => (value, name) => {
    const number = Math.floor(Number(value));
    if (!(number >= low && number <= high)) throw new RangeError(`${name} value is out of range.`);
    return number;
  };
  const flag = (value) => Boolean(value);

  // Numbers.
  const CURRENCIES = {
    KRW: { digits: 0, narrow: '₩', ko: '₩', en: '₩' },
    USD: { digits: 2, narrow: '$', ko: 'US$', en: '$' },
    JPY: { digits: 0, narrow: '¥', ko: 'JP¥', en: '¥' },
    EUR: { digits: 2, narrow: '€', ko: '€', en: '€' },
  };
  const NUMBER_OPTIONS = {
    style: oneOf('decimal', 'percent', 'currency'),
    currency(value) {
      const code = String(value).toUpperCase();
      if (!Object.hasOwn(CURRENCIES, code)) throw new RangeError(`madang: the currency ${value} is not supported; there are KRW, USD, JPY and EUR`);
      return code;
    },
    currencyDisplay: oneOf('symbol', 'narrowSymbol', 'code'),
    currencySign: oneOf('standard'),
    notation: oneOf('standard'),
    numberingSystem: oneOf('latn'),
    roundingMode: oneOf('halfExpand'),
    useGrouping: (value, name) => (typeof value === 'boolean' ? value : oneOf('always', 'auto', 'true', 'false')(value, name) !== 'false'),
    signDisplay: oneOf('auto', 'never', 'always', 'exceptZero', 'negative'),
    minimumIntegerDigits: numberIn(1, 21),
    minimumFractionDigits: numberIn(0, 20),
    maximumFractionDigits: numberIn(0, 20),
    minimumSignificantDigits: numberIn(1, 21),
    maximumSignificantDigits: numberIn(1, 21),
  };

  function settleNumberOptions(given) {
    const options = readOptions(given, NUMBER_OPTIONS);
    options.style ??= 'decimal';
    if (options.style === 'currency' && options.currency === undefined) throw new TypeError('Currency code is required with currency style.');
    const usual = options.style === 'currency' ? CURRENCIES[options.currency].digits : 0;
    const most = options.style === 'decimal' ? 3 : usual;
    const { minimumFractionDigits: low, maximumFractionDigits: high } = options;
    if (low !== undefined && high !== undefined && low > high) throw new RangeError('maximumFractionDigits value is out of range.');
    options.minimumFractionDigits = low ?? Math.min(usual, high ?? usual);
    options.maximumFractionDigits = high ?? Math.max(most, options.minimumFractionDigits);
    options.minimumIntegerDigits ??= 1;
    options.useGrouping ??= true;
    options.signDisplay ??= 'auto';
    options.significant = options.minimumSignificantDigits !== undefined || options.maximumSignificantDigits !== undefined;
    if (options.significant) {
      options.minimumSignificantDigits ??= 1;
      options.maximumSignificantDigits ??= 21;
      if (options.minimumSignificantDigits > options.maximumSignificantDigits) throw new RangeError('maximumSignificantDigits value is out of range.');
    }
    return options;
  }

  // The digits of a size that is not negative, rounded half away from zero, as [integer, fraction].
  function digitsOf(size, options) {
    if (typeof size === 'bigint') return [String(size), '0'.repeat(options.minimumFractionDigits)];
    const text = options.significant ? significantText(size, options.maximumSignificantDigits)
      : size >= 1e21 ? String(BigInt(size)) : size.toFixed(options.maximumFractionDigits);
    const [integer, fraction = ''] = text.split('.');
    const least = options.significant
      ? Math.max(0, options.minimumSignificantDigits - integer.replace(/^0+/, '').length)
      : options.minimumFractionDigits;
    return [integer, fraction.replace(/0+$/, '').padEnd(least, '0')];
  }

  function significantText(size, digits) {
    if (size === 0) return '0';
    const [mantissa, exponent] = size.toExponential(Math.min(digits, 21) - 1).split('e');
    const all = mantissa.replace('.', '');
    const point = Number(exponent) + 1;
    if (point <= 0) return `0.${'0'.repeat(-point)}${all}`;
    return all.length <= point ? all.padEnd(point, '0') : `${all.slice(0, point)}.${all.slice(point)}`;
  }

  // What a double shows is what is rounded: 1.005 is 1.01 to everybody but the machine.
  function shownDecimally(size, options) {
    if (options.significant || size >= 1e21 || size === 0) return undefined;
    const match = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(size));
    const [, integer, fraction = '', exponent = '0'] = match;
    const shift = Number(exponent);
    const all = integer + fraction;
    const point = integer.length + shift;
    const whole = point <= 0 ? '0' : all.slice(0, point).padEnd(point, '0');
    const rest = point <= 0 ? '0'.repeat(-point) + all : all.slice(point);
    return roundDecimalText(whole, rest, options.maximumFractionDigits);
  }

  function roundDecimalText(whole, rest, digits) {
    if (rest.length <= digits) return [whole, rest];
    const up = rest.charCodeAt(digits) >= 53;
    let kept = BigInt(whole + rest.slice(0, digits));
    if (up) kept += 1n;
    const text = String(kept).padStart(digits + 1, '0');
    return digits === 0 ? [text, ''] : [text.slice(0, -digits), text.slice(-digits)];
  }

  function groups(integer, options) {
    if (!options.useGrouping) return [integer];
    const parts = [];
    for (let end = integer.length; end > 0; end -= 3) parts.unshift(integer.slice(Math.max(0, end - 3), end));
    return parts;
  }

  function signPart(negative, zero, options) {
    const minus = { type: 'minusSign', value: '-' };
    const plus = { type: 'plusSign', value: '+' };
    switch (options.signDisplay) {
      case 'never': return [];
      case 'always': return [negative ? minus : plus];
      case 'exceptZero': return zero ? [] : [negative ? minus : plus];
      case 'negative': return negative && !zero ? [minus] : [];
      default: return negative ? [minus] : [];
    }
  }

  function currencyParts(locale, options) {
    if (options.style !== 'currency') return [];
    const currency = CURRENCIES[options.currency];
    if (options.currencyDisplay === 'code') return [{ type: 'currency', value: options.currency }, { type: 'literal', value: SPACE }];
    return [{ type: 'currency', value: options.currencyDisplay === 'narrowSymbol' ? currency.narrow : currency[locale.slice(0, 2)] }];
  }

  function numberParts(locale, options, given) {
    const value = typeof given === 'bigint' ? given : Number(given);
    const negative = typeof value === 'bigint' ? value < 0n : value < 0 || Object.is(value, -0);
    const [body, zero] = bodyParts(value, negative, options);
    const tail = options.style === 'percent' ? [{ type: 'percentSign', value: '%' }] : [];
    return [...signPart(negative, zero, options), ...currencyParts(locale, options), ...body, ...tail];
  }

  function bodyParts(value, negative, options) {
    if (Number.isNaN(value)) return [[{ type: 'nan', value: 'NaN' }], true];
    if (value === Infinity || value === -Infinity) return [[{ type: 'infinity', value: '∞' }], false];
    let size = negative ? -value : value;
    if (options.style === 'percent') size = typeof size === 'bigint' ? size * 100n : Number((size * 100).toPrecision(15));
    const shown = typeof size === 'bigint' ? undefined : shownDecimally(size, options);
    let [integer, fraction] = digitsOf(size, options);
    if (shown !== undefined) {
      integer = shown[0];
      fraction = shown[1].replace(/0+$/, '').padEnd(options.minimumFractionDigits, '0');
    }
    integer = integer.padStart(options.minimumIntegerDigits, '0');
    const parts = groups(integer, options).flatMap((digits, index) =>
      index === 0 ? [{ type: 'integer', value: digits }] : [{ type: 'group', value: ',' }, { type: 'integer', value: digits }]);
    if (fraction !== '') parts.push({ type: 'decimal', value: '.' }, { type: 'fraction', value: fraction });
    return [parts, !/[1-9]/.test(integer + fraction)];
  }

  const textOf = (parts) => parts.map((part) => part.value).join('');

  class NumberFormat {
    #locale;
    #options;
    #format;
    constructor(locales, options) {
      this.#locale = chooseLocale(locales);
      this.#options = settleNumberOptions(options);
    }
    get format() { return (this.#format ??= (value) => textOf(numberParts(this.#locale, this.#options, value))); }
    formatToParts(value) { return numberParts(this.#locale, this.#options, value); }
    resolvedOptions() {
      const { significant, ...options } = this.#options;
      return { locale: this.#locale, numberingSystem: 'latn', ...options };
    }
  }

  // Dates.
  const KOREAN_DAYS = ['일', '월', '화', '수', '목', '금', '토'];
  const ENGLISH_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
  const ENGLISH_MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
  const width = oneOf('numeric', '2-digit');
  const style = oneOf('full', 'long', 'medium', 'short');
  const DATE_OPTIONS = {
    weekday: oneOf('long', 'short', 'narrow'),
    year: width, day: width, hour: width, minute: width, second: width,
    month: oneOf('numeric', '2-digit', 'long', 'short'),
    fractionalSecondDigits: numberIn(1, 3),
    hour12: flag,
    hourCycle: oneOf('h12', 'h23'),
    calendar: oneOf('gregory'),
    numberingSystem: oneOf('latn'),
    timeZoneName: oneOf('short'),
    dateStyle: style,
    timeStyle: oneOf('long', 'medium', 'short'),
    timeZone(value) {
      const name = native.zoneCanonical(String(value));
      if (name === undefined || name === null) throw new RangeError(`Invalid time zone specified: ${value}`);
      return name;
    },
  };
  const DATE_FIELDS = ['weekday', 'year', 'month', 'day'];
  const TIME_FIELDS = ['hour', 'minute', 'second', 'fractionalSecondDigits'];
  const DATE_STYLES = {
    'ko-full': { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' },
    'ko-long': { year: 'numeric', month: 'long', day: 'numeric' },
    'ko-medium': { year: 'numeric', month: 'numeric', day: 'numeric' },
    'ko-short': { year: '2-digit', month: 'numeric', day: 'numeric' },
    'en-full': { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' },
    'en-long': { year: 'numeric', month: 'long', day: 'numeric' },
    'en-medium': { year: 'numeric', month: 'short', day: 'numeric' },
    'en-short': { year: '2-digit', month: 'numeric', day: 'numeric' },
  };

  // `needs`: which fields must be there; `adds`: which are put in when they are not.
  function settleDateOptions(locale, given, needs, adds) {
    const options = readOptions(given, DATE_OPTIONS);
    const named = [...DATE_FIELDS, ...TIME_FIELDS].filter((field) => options[field] !== undefined);
    if (options.dateStyle !== undefined || options.timeStyle !== undefined) {
      if (named.length > 0 || options.timeZoneName !== undefined) throw new TypeError(`Can't set option ${named[0] ?? 'timeZoneName'} when ${options.dateStyle ? 'dateStyle' : 'timeStyle'} is used`);
      if (needs === 'date' && options.timeStyle !== undefined) throw new TypeError('Invalid option : timeStyle');
      if (needs === 'time' && options.dateStyle !== undefined) throw new TypeError('Invalid option : dateStyle');
      return fromStyles(locale, options);
    }
    const hasDate = DATE_FIELDS.some((field) => options[field] !== undefined);
    const hasTime = TIME_FIELDS.some((field) => options[field] !== undefined);
    const enough = needs === 'date' ? hasDate : needs === 'time' ? hasTime : hasDate || hasTime;
    if (!enough && adds !== 'time') options.year = options.month = options.day = 'numeric';
    if (!enough && adds !== 'date') options.hour = options.minute = options.second = 'numeric';
    return options;
  }

  function fromStyles(locale, options) {
    const fields = options.dateStyle === undefined ? {} : DATE_STYLES[`${locale.slice(0, 2)}-${options.dateStyle}`];
    const settled = { ...options, ...fields };
    if (options.timeStyle !== undefined) {
      settled.hour = 'numeric';
      settled.minute = '2-digit';
      if (options.timeStyle !== 'short') settled.second = '2-digit';
      if (options.timeStyle === 'long') settled.timeZoneName = 'short';
    }
    return settled;
  }

  const two = (number) => String(number).padStart(2, '0');
  const part = (type, value) => ({ type, value: String(value) });
  const literal = (value) => ({ type: 'literal', value });
  const sized = (number, size) => (size === '2-digit' ? two(number % 100) : String(number));

  function fieldsAt(time, zone) {
    const local = new Date(time + native.zoneOffset(time, zone));
    return {
      year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate(), weekday: local.getUTCDay(),
      hour: local.getUTCHours(), minute: local.getUTCMinutes(), second: local.getUTCSeconds(), millisecond: local.getUTCMilliseconds(),
    };
  }

  const joined = (lists, between) => lists.filter((list) => list.length > 0).flatMap((list, index) => (index === 0 ? list : [literal(between), ...list]));

  function koreanDate(at, options) {
    const { year, month, day, weekday } = options;
    const present = [year, month, day].filter((field) => field !== undefined).length;
    const written = month === 'long' || month === 'short' || present === 1;
    const parts = [];
    if (year !== undefined) parts.push([part('year', sized(at.year, year)), written ? '년' : '.']);
    if (month !== undefined) {
      const value = sized(at.month, month);
      parts.push(month === 'long' || month === 'short' ? [part('month', `${value}월`), ''] : [part('month', value), written ? '월' : '.']);
    }
    if (day !== undefined) parts.push([part('day', sized(at.day, day)), written ? '일' : '.']);
    const list = [];
    parts.forEach(([value, after], index) => {
      list.push(value);
      const text = after + (index < parts.length - 1 ? ' ' : '');
      if (text !== '') list.push(literal(text));
    });
    if (weekday === undefined) return list;
    const name = part('weekday', KOREAN_DAYS[at.weekday] + (weekday === 'long' ? '요일' : ''));
    const bare = present === 0 && !TIME_FIELDS.some((field) => options[field] !== undefined);
    const shown = weekday === 'long' || bare ? [name] : [literal('('), name, literal(')')];
    return joined([list, shown], ' ');
  }

  function englishDate(at, options) {
    const { year, month, day, weekday } = options;
    const written = month === 'long' || month === 'short';
    const name = month === undefined ? [] : [part('month', written ? ENGLISH_MONTHS[at.month - 1].slice(0, month === 'short' ? 3 : undefined) : sized(at.month, month))];
    const days = day === undefined ? [] : [part('day', sized(at.day, day))];
    const years = year === undefined ? [] : [part('year', sized(at.year, year))];
    const date = written ? joined([joined([name, days], ' '), years], days.length > 0 ? ', ' : ' ') : joined([name, days, years], '/');
    if (weekday === undefined) return date;
    const size = { long: undefined, short: 3, narrow: 1 }[weekday];
    return joined([[part('weekday', ENGLISH_DAYS[at.weekday].slice(0, size))], date], ', ');
  }

  function timeParts(korean, at, options) {
    const { hour, minute, second } = options;
    const half = options.hour12 ?? (options.hourCycle === undefined || options.hourCycle === 'h12');
    // Told by hour12 alone, midnight is 24 in both languages; told by the cycle h23, it is 00.
    const whole = options.hour12 === false && at.hour === 0 ? 24 : at.hour;
    const shown = half ? at.hour % 12 || 12 : whole;
    const alone = [hour, minute, second].filter((field) => field !== undefined).length === 1;
    const inWords = korean && hour !== undefined && (options.timeStyle === 'long'
      || (!half && hour === 'numeric' && minute !== undefined && second !== undefined && options.timeStyle === undefined));
    const units = inWords ? ['시', '분', '초'] : ['', '', ''];
    const list = [];
    const unit = (text) => (text === '' ? [] : [literal(text)]);
    if (hour !== undefined) list.push([part('hour', hour === '2-digit' || (!half && !inWords && !korean) || (!half && !inWords && !alone && (options.timeStyle === undefined || options.hourCycle === 'h23')) ? two(shown) : shown), ...unit(alone && korean ? '시' : units[0])]);
    if (minute !== undefined) list.push([part('minute', alone || inWords ? at.minute : two(at.minute)), ...unit(units[1])]);
    if (second !== undefined) list.push([part('second', alone || inWords ? at.second : two(at.second)), ...unit(units[2])]);
    let time = joinedUnits(list, inWords ? ' ' : ':');
    if (options.fractionalSecondDigits !== undefined) time = joined([time, [part('fractionalSecond', String(at.millisecond).padStart(3, '0').slice(0, options.fractionalSecondDigits))]], '.');
    if (hour === undefined || !half) return time;
    const late = at.hour >= 12;
    return korean
      ? [part('dayPeriod', late ? '오후' : '오전'), literal(' '), ...time]
      : [...time, literal(' '), part('dayPeriod', late ? 'PM' : 'AM')];
  }

  // A unit and the space after it are one literal.
  function joinedUnits(lists, between) {
    const parts = [];
    for (const list of lists) {
      const last = parts.at(-1);
      if (last?.type === 'literal') parts[parts.length - 1] = literal(last.value + between);
      else if (last !== undefined) parts.push(literal(between));
      parts.push(...list);
    }
    return parts;
  }

  const AMERICAN = { 'America/New_York': 'E', 'America/Chicago': 'C', 'America/Denver': 'M', 'America/Los_Angeles': 'P' };
  function zoneText(korean, zone, time) {
    const minutes = native.zoneOffset(time, zone) / 60000;
    if (zone === 'UTC' || zone === 'Etc/UTC') return 'UTC';
    if (!korean && Object.hasOwn(AMERICAN, zone)) {
      const standard = { E: -300, C: -360, M: -420, P: -480 }[AMERICAN[zone]];
      return `${AMERICAN[zone]}${minutes === standard ? 'S' : 'D'}T`;
    }
    if (minutes === 0) return 'GMT';
    const size = Math.abs(minutes);
    return `GMT${minutes < 0 ? '-' : '+'}${Math.floor(size / 60)}${size % 60 === 0 ? '' : ':' + two(size % 60)}`;
  }

  function dateParts(locale, options, given) {
    const time = given === undefined ? Date.now() : Math.trunc(Number(given));
    if (!(Math.abs(time) <= 8.64e15)) throw new RangeError('Invalid time value');
    const zone = options.timeZone ?? native.zoneShop();
    const korean = locale.startsWith('ko');
    const at = fieldsAt(time, zone);
    const date = korean ? koreanDate(at, options) : englishDate(at, options);
    const clock = timeParts(korean, at, options);
    const zoneName = options.timeZoneName === undefined ? [] : [part('timeZoneName', zoneText(korean, zone, time))];
    const both = joined([date, clock], betweenDateAndTime(korean, options));
    return joined([both, zoneName], korean || clock.length > 0 ? ' ' : ', ');
  }

  function betweenDateAndTime(korean, options) {
    if (korean) return ' ';
    if (options.month === 'long') return ' at ';
    return options.year === undefined && options.month === undefined && options.day === undefined ? ' ' : ', ';
  }

  class DateTimeFormat {
    #locale;
    #options;
    #format;
    constructor(locales, options, needs = 'any', adds = 'date') {
      this.#locale = chooseLocale(locales);
      this.#options = settleDateOptions(this.#locale, options, needs, adds);
    }
    get format() { return (this.#format ??= (date) => mergedText(dateParts(this.#locale, this.#options, date))); }
    formatToParts(date) { return merged(dateParts(this.#locale, this.#options, date)); }
    formatRange(from, to) { return `${this.format(from)} ~ ${this.format(to)}`; }
    resolvedOptions() {
      return { locale: this.#locale, calendar: 'gregory', numberingSystem: 'latn', timeZone: native.zoneShop(), ...this.#options };
    }
  }
  const mergedText = textOf;
  // Literals side by side are one.
  function merged(parts) {
    const list = [];
    for (const one of parts) {
      if (one.type === 'literal' && list.at(-1)?.type === 'literal') list[list.length - 1] = literal(list.at(-1).value + one.value);
      else list.push(one);
    }
    return list;
  }

  // Order. Weights as in the root collation for what a menu holds: spaces, punctuation, signs, digits, letters.
  const SIGNS = '_-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$¢£¥₩€';
  const COLLATOR_OPTIONS = {
    numeric: flag,
    usage: oneOf('sort', 'search'),
    sensitivity: oneOf('base', 'accent', 'case', 'variant'),
    caseFirst: oneOf('false'),
    ignorePunctuation: (value, name) => oneOf('false')(Boolean(value), name),
    collation: oneOf('default'),
  };

  function scriptRank(point, korean) {
    const hangul = (point >= 0xac00 && point <= 0xd7a3) || (point >= 0x1100 && point <= 0x11ff) || (point >= 0x3131 && point <= 0x318e);
    const han = point >= 0x4e00 && point <= 0x9fff;
    if (hangul) return korean ? 4 : 7;
    if (han) return korean ? 5 : 9;
    if (point >= 0x3040 && point <= 0x30ff) return 8;
    return 6;
  }

  // Single Hangul letters stand before the syllables that begin with them.
  const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
  function letterWeight(character, point) {
    const initial = INITIALS.indexOf(character);
    return initial < 0 ? point : 0xac00 + initial * 588 - 0.5;
  }

  function weights(text, korean, numeric) {
    const primary = [];
    const accents = [];
    const cases = [];
    const pattern = numeric ? /\d+|[\s\S]/gu : /[\s\S]/gu;
    for (const piece of text.normalize('NFC').match(pattern) ?? []) {
      if (/^\s$/.test(piece)) push(primary, accents, cases, [0, piece.codePointAt(0)], '', 0);
      else if (SIGNS.includes(piece)) push(primary, accents, cases, [1, SIGNS.indexOf(piece)], '', 0);
      else if (/^\d+$/.test(piece)) push(primary, accents, cases, [3, Number(piece)], '', 0);
      else pushLetter(piece, korean, primary, accents, cases);
    }
    return { primary, accents, cases };
  }
  function push(primary, accents, cases, weight, accent, letterCase) {
    primary.push(weight);
    accents.push(accent);
    cases.push(letterCase);
  }
  function pushLetter(piece, korean, primary, accents, cases) {
    const point = piece.codePointAt(0);
    const rank = scriptRank(point, korean);
    if (rank !== 6) return push(primary, accents, cases, [rank, letterWeight(piece, point)], '', 0);
    const [base, ...marks] = piece.normalize('NFD');
    const lower = base.toLowerCase();
    const letter = /\p{L}/u.test(base);
    push(primary, accents, cases, [letter ? 6 : 2, lower.codePointAt(0)], marks.join(''), lower === base ? 0 : 1);
  }

  const order = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
  function orderLists(one, other, compare) {
    for (let index = 0; index < one.length && index < other.length; index += 1) {
      const answer = compare(one[index], other[index]);
      if (answer !== 0) return answer;
    }
    return order(one.length, other.length);
  }

  function compareTexts(one, other, korean, options) {
    if (one === other) return 0;
    const a = weights(one, korean, options.numeric);
    const b = weights(other, korean, options.numeric);
    const byLetter = orderLists(a.primary, b.primary, (x, y) => order(x[0], y[0]) || order(x[1], y[1]));
    if (byLetter !== 0) return byLetter;
    const sensitivity = options.sensitivity ?? 'variant';
    if (sensitivity === 'accent' || sensitivity === 'variant') {
      const byAccent = orderLists(a.accents, b.accents, order);
      if (byAccent !== 0) return byAccent;
    }
    return sensitivity === 'case' || sensitivity === 'variant' ? orderLists(a.cases, b.cases, order) : 0;
  }

  class Collator {
    #locale;
    #options;
    #compare;
    constructor(locales, options) {
      this.#locale = chooseLocale(locales);
      this.#options = readOptions(options, COLLATOR_OPTIONS);
    }
    get compare() { return (this.#compare ??= (one, other) => compareTexts(String(one), String(other), this.#locale.startsWith('ko'), this.#options)); }
    resolvedOptions() {
      return { locale: this.#locale, usage: 'sort', sensitivity: 'variant', ignorePunctuation: false, collation: 'default', numeric: false, caseFirst: 'false', ...this.#options };
    }
  }

  // Plurals.
  const PLURAL_OPTIONS = { type: oneOf('cardinal', 'ordinal') };
  class PluralRules {
    #locale;
    #type;
    constructor(locales, options) {
      this.#locale = chooseLocale(locales);
      this.#type = readOptions(options, PLURAL_OPTIONS).type ?? 'cardinal';
    }
    select(given) {
      const number = Number(given);
      if (this.#locale.startsWith('ko')) return 'other';
      if (this.#type === 'cardinal') return number === 1 ? 'one' : 'other';
      const teen = number % 100 >= 11 && number % 100 <= 13;
      return teen ? 'other' : { 1: 'one', 2: 'two', 3: 'few' }[number % 10] ?? 'other';
    }
    resolvedOptions() { return { locale: this.#locale, type: this.#type }; }
  }

  const Intl = {};
  for (const made of [NumberFormat, DateTimeFormat, Collator, PluralRules]) {
    Object.defineProperty(made, 'supportedLocalesOf', { value: supported, configurable: true, writable: true });
    Object.defineProperty(made.prototype, Symbol.toStringTag, { value: `Intl.${made.name}`, configurable: true });
    Object.defineProperty(Intl, made.name, { value: callable(made), writable: true, configurable: true });
  }
  Object.defineProperty(Intl, 'getCanonicalLocales', { value: canonicalList, writable: true, configurable: true });
  Object.defineProperty(Intl, Symbol.toStringTag, { value: 'Intl', configurable: true });

  // `Intl.NumberFormat()` works without `new` too.
  function callable(made) {
    return new Proxy(made, { apply: (_, __, values) => new made(...values) });
  }

  shared.define('Intl', Intl);
  const invalid = 'Invalid Date';
  shared.toLocale = {
    number: (value, locales, options) => new NumberFormat(locales, options).format(value),
    date: (date, locales, options) => formatDate(date, locales, options, 'any', 'all'),
    dateOnly: (date, locales, options) => formatDate(date, locales, options, 'date', 'date'),
    timeOnly: (date, locales, options) => formatDate(date, locales, options, 'time', 'time'),
    compare: (one, other, locales, options) => new Collator(locales, options).compare(one, other),
  };
  function formatDate(date, locales, options, needs, adds) {
    const time = Date.prototype.getTime.call(date);
    return isNaN(time) ? invalid : new DateTimeFormat(locales, options, needs, adds).format(time);
  }
})
