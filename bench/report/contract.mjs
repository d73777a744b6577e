// What a peer reads from its command line and prints: see ../README.md, "The contract".

export const CONTRACT = 1;

export function wholeNumber(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is a whole number from 1; got ${text}`);
  return value;
}

/** @param {Record<string, unknown>} measures */
export function knownMeasure(measures, name) {
  if (!(name in measures)) throw new Error(`--measure is one of ${Object.keys(measures).join(", ")}; got ${name}`);
  return name;
}

/** The one JSON object, on a line of its own. */
export function printResult(result) {
  console.log(JSON.stringify({ contract: CONTRACT, ...result }));
}
