import type { InsightActivity, InsightActivityView } from '../api/types';
import type { Speech } from '../till/useTill';

/** What activities are called, and what they are for an order's way. */
export interface Names {
  name: (activity: InsightActivity) => string;
  kind: (activity: InsightActivity) => InsightActivityView['kind'];
}

/** The names that an answer brings along, in the screen's language. */
export function namesOf(activities: readonly InsightActivityView[], speech: Speech): Names {
  const known = new Map(activities.map((one) => [one.activity, one]));
  return {
    name: (activity) => {
      const one = known.get(activity);
      return one === undefined ? activity : speech.name(one.name);
    },
    kind: (activity) => known.get(activity)?.kind ?? 'step',
  };
}

/** A step of a way as it is shown: done again or gone wrong, or the order undone. */
export interface ShownStep {
  name: string;
  look: 'plain' | 'again' | 'calledOff';
}

/** The steps of a way. What stands twice in it stands out, as does what went wrong; several plugins that agree did nothing twice. */
export function stepsOf(activities: readonly InsightActivity[], { name, kind }: Names): ShownStep[] {
  return activities.map((activity) => {
    const isTwice = activity !== 'plugin_allowed' && activities.filter((one) => one === activity).length > 1;
    const isWrong = kind(activity) === 'again' || kind(activity) === 'trouble';
    return { name: name(activity), look: kind(activity) === 'called_off' ? 'calledOff' : isTwice || isWrong ? 'again' : 'plain' };
  });
}
