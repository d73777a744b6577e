// Whether a case is a way through a model. The inductive miner gives each activity one place in its tree, so what goes side by side is told apart by name.

/** @typedef {null | string | [string, ...any[]]} Tree An activity, nothing, or an operator and its parts. */

/** @param {Tree} tree @param {string[]} trace */
export function fits(tree, trace) {
  return ends(tree, trace, 0).has(trace.length);
}

/** Which part of all cases are ways through the model. @param {Tree} tree @param {[string, number][]} variants */
export function fittingShare(tree, variants, then) {
  const sum = (some) => some.reduce((cases, [, more]) => cases + more, 0);
  return sum(variants.filter(([path]) => fits(tree, path.split(then)))) / sum(variants);
}

/** Where the model can have come to, having begun at a place of the trace. */
function ends(tree, trace, start) {
  if (tree === null) return new Set([start]);
  if (!Array.isArray(tree)) return new Set(trace[start] === tree ? [start + 1] : []);
  const [operator, ...parts] = tree;
  const found = { "→": inOrder, "×": oneOf, "∧": sideBySide, "↻": again }[operator];
  if (found === undefined) throw new Error(`a model has the operator ${operator}`);
  return found(parts, trace, start);
}

function inOrder(parts, trace, start) {
  return parts.reduce((places, part) => after(part, trace, places), new Set([start]));
}

function after(part, trace, places) {
  return new Set([...places].flatMap((place) => [...ends(part, trace, place)]));
}

function oneOf(parts, trace, start) {
  return new Set(parts.flatMap((part) => [...ends(part, trace, start)]));
}

function again([body, redo], trace, start) {
  const reached = ends(body, trace, start);
  for (const place of reached) {
    for (const more of after(body, trace, ends(redo, trace, place))) reached.add(more);
  }
  return reached;
}

function sideBySide(parts, trace, start) {
  const names = parts.map((part) => new Set([part].flat(Infinity)));
  const behind = trace.findIndex((name, at) => at >= start && !names.some((some) => some.has(name)));
  const last = behind === -1 ? trace.length : behind;
  const places = Array.from({ length: last - start + 1 }, (_, length) => start + length);
  const own = (at, end) => trace.slice(start, end).filter((name) => names[at].has(name));
  return new Set(places.filter((end) => parts.every((part, at) => fits(part, own(at, end)))));
}
