import type { Language } from '../words';

/** Business days from one to another, both of them included, as `2026-11-22`. */
export interface Period {
  from: string;
  to: string;
}

/** How a period was chosen. */
export type Span = 'week' | 'today' | 'period';

const DAY_MS = 86_400_000;
/** What the till looks through at once. */
export const DAYS_MAX = 400;

/** The period that an address asks for; this week when it asks for none, or for none that there is. */
export function periodOf(query: URLSearchParams, today: string): { span: Span; period: Period } {
  const from = query.get('from') ?? '';
  const to = query.get('to') ?? '';
  if (!isDay(from) || !isDay(to)) return { span: 'week', period: weekUntil(today) };
  const period = from <= to ? { from, to } : { from: to, to: from };
  return { span: period.from === today && period.to === today ? 'today' : 'period', period };
}

/** From Monday until a day. */
export function weekUntil(day: string): Period {
  const sinceMonday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return { from: plusDays(day, -sinceMonday), to: day };
}

/** Whether a text is a day that there is. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** A day so many days later. */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days it is, the first and the last included. */
export function daysOf({ from, to }: Period): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

/** A period as a person says it: `11월 16일 – 22일`, `16 – 22 Nov`. */
export function periodInWords({ from, to }: Period, language: Language): string {
  if (from === to) return dayInWords(from, language, 'month');
  const isSameYear = from.slice(0, 4) === to.slice(0, 4);
  const isSameMonth = isSameYear && from.slice(0, 7) === to.slice(0, 7);
  if (!isSameYear) return `${dayInWords(from, language, 'year')} – ${dayInWords(to, language, 'year')}`;
  if (!isSameMonth) return `${dayInWords(from, language, 'month')} – ${dayInWords(to, language, 'month')}`;
  if (language === 'ko') return `${dayInWords(from, language, 'month')} – ${dayInWords(to, language, 'day')}`;
  return `${dayInWords(from, language, 'day')} – ${dayInWords(to, language, 'month')}`;
}

/** A day as a person says it: its number alone, with the month, or with both. */
export function dayInWords(day: string, language: Language, most: 'day' | 'month' | 'year' = 'month'): string {
  const parts: Intl.DateTimeFormatOptions = {
    timeZone: 'UTC', day: 'numeric', ...(most === 'day' ? {} : { month: language === 'ko' ? 'long' : 'short' }), ...(most === 'year' ? { year: 'numeric' } : {}),
  };
  return new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', parts).format(new Date(`${day}T00:00:00Z`));
}
