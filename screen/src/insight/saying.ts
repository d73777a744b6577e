import type { InsightCard, InsightEdge, InsightNode, InsightSummary } from '../api/types';
import { grouped } from '../till/money';
import type { Speech } from '../till/useTill';
import { lengthInWords, shareInWords } from './lengths';
import type { Names } from './names';
import type { Span } from './period';

/** How a change is taken. */
export type ChangeTone = 'good' | 'bad' | 'plain';

/** A figure of the page: its name, what it is now, and a line about it. */
export interface Figure {
  id: 'orders' | 'median' | 'p90' | 'variants' | 'redone';
  name: string;
  value: string;
  note: string;
  tone: ChangeTone;
}

const MINUS = '\u2212';

/** The five figures at the top, with what changed since the period before. */
export function figuresOf(summary: InsightSummary, span: Span, speech: Speech): Figure[] {
  const { say, language } = speech;
  const length = (ms: number | null | undefined) => (ms == null ? '—' : lengthInWords(ms, language));
  const { orders, median_ms: median, p90_ms: p90, ways, top_ways_share: top, again_or_called_off: redone, again_or_called_off_share: redoneShare } = summary;
  const change = changeOfCount(orders.now, orders.before);
  return [
    {
      id: 'orders', name: say('insightOrders'), value: grouped(orders.now), tone: change.tone,
      note: change.text === undefined ? say('insightNoneBefore') : say(sinceWords[span], { change: change.text }),
    },
    { id: 'median', name: say('insightMedian'), value: length(median.now), ...changeOfLength(median.now, median.before, speech) },
    { id: 'p90', name: say('insightP90'), value: p90.now == null ? '—' : say('insightWithin', { time: length(p90.now) }), ...changeOfLength(p90.now, p90.before, speech) },
    { id: 'variants', name: say('insightVariants'), value: grouped(ways.now), tone: 'plain', note: top.now == null ? '' : say('insightTop', { share: shareInWords(top.now) }) },
    { id: 'redone', name: say('insightRedone'), value: redoneShare.now == null ? '—' : `${(redoneShare.now * 100).toFixed(1)}%`, tone: 'plain', note: ordersInWords(redone.now, speech) },
  ];
}

const sinceWords = { week: 'insightSinceWeek', today: 'insightSinceDay', period: 'insightSincePeriod' } as const;

/** How many per cent more or fewer; nothing when there was nothing to compare with. */
export function changeOfCount(now: number, before: number | null | undefined): { text: string | undefined; tone: ChangeTone } {
  if (before == null || before === 0) return { text: undefined, tone: 'plain' };
  const share = (now - before) / before;
  const text = shareInWords(Math.abs(share));
  if (text === '0%' || text === '0.0%') return { text: '±0%', tone: 'plain' };
  return share > 0 ? { text: `+${text}`, tone: 'good' } : { text: `${MINUS}${text}`, tone: 'bad' };
}

/** How much longer or shorter; shorter is good. */
function changeOfLength(now: number | null | undefined, before: number | null | undefined, speech: Speech): { note: string; tone: ChangeTone } {
  if (now == null || before == null) return { note: speech.say('insightNoneBefore'), tone: 'plain' };
  // A change that is shown as nothing is none.
  const changeMs = Math.abs(now - before);
  if (changeMs < 10) return { note: speech.say('insightSame'), tone: 'plain' };
  const text = lengthInWords(changeMs, speech.language);
  return now > before ? { note: `+${text}`, tone: 'bad' } : { note: `${MINUS}${text}`, tone: 'good' };
}

/** So many orders. */
export function ordersInWords(count: number, { say }: Speech): string {
  return say(count === 1 ? 'insightCountOne' : 'insightCount', { count: grouped(count) });
}

/** What the map measures. */
export type Measure = 'time' | 'count';

/** The two rows of a label: what the map measures, and the other. */
export function labelOf(edge: InsightEdge, measure: Measure, speech: Speech): { large: string; small: string } {
  const count = grouped(edge.count);
  const wait = waitInWords(edge.median_ms, speech);
  if (measure === 'count') return { large: count, small: wait };
  return { large: wait, small: edge.rank === 'worst' ? `${count} · ${speech.say('insightWorst')}` : count };
}

/** How long it is usually waited; steps that overlap have no wait. */
export function waitInWords(medianMs: number | null | undefined, speech: Speech): string {
  return medianMs == null ? speech.say('insightOverlapping') : lengthInWords(medianMs, speech.language);
}

/** A box in one sentence, for who listens. */
export function boxInWords(node: InsightNode, names: Names, speech: Speech): string {
  return speech.say('insightBoxSaid', { name: names.name(node.activity), count: grouped(node.events) });
}

/** A line in one sentence, for who listens. */
export function lineInWords(edge: InsightEdge, names: Names, speech: Speech): string {
  const gaps = { from: names.name(edge.from), to: names.name(edge.to), count: grouped(edge.count), time: waitInWords(edge.median_ms, speech) };
  const said = speech.say('insightLineSaid', gaps);
  return edge.rank === 'worst' ? `${said}, ${speech.say('insightWorst')}` : said;
}

/** What is told of a place where time is lost, and when it is worst. */
export function cardInWords(card: InsightCard, speech: Speech): string {
  const { slow_hour: slow } = card;
  if (slow == null) return speech.name(card.sentence);
  const hour = speech.say('insightSlowHour', { from: slow.hour, to: (slow.hour + 1) % 24, time: lengthInWords(slow.median_ms, speech.language) });
  return `${speech.name(card.sentence)} ${hour}`;
}
