import type { Insight, InsightCard, InsightPlugin } from '../api/types';

/** As many as stand beside each other; the others are asked for. */
export const SHOWN = 3;

/** Where time is lost: between two steps, or at a plugin. */
export type WaitingPlace = { card: InsightCard; plugin?: undefined } | { card?: undefined; plugin: InsightPlugin };

/**
 * The places, those first at which the most time is lost. Guests wait far longer for each other than for a plugin, so the slowest plugin has the
 * last of the places that are seen at first.
 */
export function placesOf({ cards, plugins }: Pick<Insight, 'cards' | 'plugins'>): WaitingPlace[] {
  const steps = cards.map((card) => ({ card }));
  const [slowest, ...others] = plugins.filter((plugin) => plugin.is_slow).map((plugin) => ({ plugin }));
  if (slowest === undefined) return steps;
  return [...steps.slice(0, SHOWN - 1), slowest, ...steps.slice(SHOWN - 1), ...others];
}
