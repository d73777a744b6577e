/** What can be reached on the map: a box by its activity, a line by those at its ends. */
export type Place = string;

/** What of a map is needed to go about on it. */
export interface Ways {
  /** In the order in which the way goes on. */
  nodes: readonly { activity: string }[];
  edges: readonly Line[];
}

interface Line {
  from: string;
  to: string;
  count: number;
}

/** The name of a line. No activity has a hyphen. */
export function lineOf({ from, to }: { from: string; to: string }): Place {
  return `${from}-${to}`;
}

/** The activities of a place: one, or both ends of a line. */
export function endsOf(place: Place): { from: string; to: string | undefined } {
  const [from = '', to] = place.split('-');
  return { from, to };
}

/**
 * Where a key leads from a place. To the right along the most frequent line and on to its box, to the left back against it, whichever way they are
 * drawn; up and down to the box before and behind, or from a line to the other lines of its box. Every place can be reached by these keys alone.
 */
export function walk(ways: Ways, place: Place, key: string): Place | undefined {
  const boxes = ways.nodes.map((node) => node.activity);
  if (key === 'Home') return boxes[0];
  if (key === 'End') return boxes[boxes.length - 1];
  const { from, to } = endsOf(place);
  return to === undefined ? fromBox(ways, boxes, from, key) : fromLine(ways, from, to, key);
}

function fromBox(ways: Ways, boxes: readonly string[], box: string, key: string): Place | undefined {
  if (key === 'ArrowRight') return first(ways.edges.filter((edge) => edge.from === box));
  if (key === 'ArrowLeft') return first(ways.edges.filter((edge) => edge.to === box));
  const step = stepOf(key);
  return step === 0 ? undefined : boxes[boxes.indexOf(box) + step];
}

function fromLine(ways: Ways, from: string, to: string, key: string): Place | undefined {
  if (key === 'ArrowRight') return to;
  if (key === 'ArrowLeft') return from;
  const step = stepOf(key);
  if (step === 0) return undefined;
  const siblings = byCount(ways.edges.filter((edge) => edge.from === from));
  const next = siblings[siblings.findIndex((edge) => edge.to === to) + step];
  return next && lineOf(next);
}

function stepOf(key: string): number {
  return key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0;
}

function first(edges: Line[]): Place | undefined {
  const [most] = byCount(edges);
  return most && lineOf(most);
}

/** The most frequent first; the same order for the same lines. */
function byCount(edges: Line[]): Line[] {
  return [...edges].sort((one, other) => other.count - one.count || (one.to < other.to ? -1 : 1));
}
