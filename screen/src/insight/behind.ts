import type { Insight, InsightEdge } from '../api/types';
import { grouped } from '../till/money';
import type { Speech } from '../till/useTill';
import { lengthInWords, shareInWords } from './lengths';
import type { Names } from './names';
import { cardInWords } from './saying';
import { endsOf, lineOf } from './walk';

/** What is behind something on the page. */
export interface Behind {
  title: string;
  sentence: string | undefined;
  figures: { name: string; value: string }[];
  /** How the till is asked for its orders; a box of the map has lines instead. */
  question: Record<string, string> | undefined;
  lines: InsightEdge[];
}

/** What an address names: a box or a line of the map, a way, or a plugin; nothing when it is not there any more. */
export function behindOf(insight: Insight, see: string, names: Names, speech: Speech): Behind | undefined {
  const [kind = '', ...parts] = see.split(':');
  const what = parts.join(':');
  if (kind === 'plugin') return behindPlugin(insight, what, speech);
  if (kind === 'way') return behindWay(insight, what, names, speech);
  if (kind !== 'map') return undefined;
  const { from, to } = endsOf(what);
  return to === undefined ? behindBox(insight, from, names, speech) : behindLine(insight, from, to, names, speech);
}

function behindWay({ ways }: Insight, key: string, names: Names, speech: Speech): Behind | undefined {
  const at = ways.findIndex((one) => one.key === key);
  const way = ways[at];
  if (way === undefined) return undefined;
  const { say, language } = speech;
  return {
    title: say('insightPathTitle', { number: at + 1 }), sentence: way.activities.map(names.name).join(' → '), question: { way: key }, lines: [],
    figures: [
      { name: say('insightOrders'), value: grouped(way.orders) }, { name: say('insightShare'), value: shareInWords(way.share) }, { name: say('insightTook'), value: lengthInWords(way.median_ms, language) },
    ],
  };
}

function behindPlugin({ plugins }: Insight, id: string, speech: Speech): Behind | undefined {
  const plugin = plugins.find((one) => one.plugin === id);
  if (plugin === undefined) return undefined;
  const { say, language } = speech;
  const ends = [{ name: say('insightSilent'), value: plugin.silent }, { name: say('insightRefused'), value: plugin.refused }];
  return {
    title: speech.name(plugin.title), sentence: speech.name(plugin.sentence), question: { plugin: id }, lines: [],
    figures: [
      { name: say('insightTimes'), value: grouped(plugin.questions) }, { name: say('insightUsual'), value: lengthInWords(plugin.median_ms, language) }, { name: say('insightP90'), value: lengthInWords(plugin.p90_ms, language) },
      ...ends.filter(({ value }) => value > 0).map(({ name, value }) => ({ name, value: grouped(value) })),
    ],
  };
}

function behindBox({ map }: Insight, activity: string, names: Names, { say }: Speech): Behind | undefined {
  const node = map.nodes.find((one) => one.activity === activity);
  if (node === undefined) return undefined;
  const lines = map.edges.filter((edge) => edge.from === activity || edge.to === activity).sort((one, other) => other.count - one.count);
  const figures = [{ name: say('insightTimes'), value: grouped(node.events) }, { name: say('insightOrders'), value: grouped(node.orders) }];
  return { title: names.name(node.activity), sentence: undefined, figures, question: undefined, lines };
}

function behindLine({ map, cards }: Insight, from: string, to: string, names: Names, speech: Speech): Behind | undefined {
  const edge = map.edges.find((one) => lineOf(one) === lineOf({ from, to }));
  const card = cards.find((one) => one.from === from && one.to === to);
  // Few activities may be shown; a card's line is there all the same.
  const told = edge ?? card;
  if (told === undefined) return undefined;
  const { say, language } = speech;
  const times: [string, number | null | undefined][] = [[say('insightUsual'), told.median_ms], [say('insightP90'), told.p90_ms]];
  return {
    title: card === undefined ? `${names.name(told.from)} → ${names.name(told.to)}` : speech.name(card.title), sentence: card && cardInWords(card, speech), question: { step_from: from, step_to: to }, lines: [],
    figures: [
      { name: say('insightTimes'), value: grouped(told.count) }, ...times.flatMap(([name, ms]) => (ms == null ? [] : [{ name, value: lengthInWords(ms, language) }])),
    ],
  };
}
