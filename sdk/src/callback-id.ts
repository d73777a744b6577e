const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** The largest multiple of the alphabet's size that fits a byte: bytes at or above it would favour the first letters. */
const FAIR_BYTES = 256 - (256 % ALPHABET.length);

/**
 * Random letters and digits, as used to pair an answer with its request.
 * Default length 10. Needs no permission and cannot fail.
 *
 * @example
 * const key = createCallbackId(21); // key of a new line of the cart
 */
export function createCallbackId(length = 10): string {
  let id = "";
  while (id.length < length) id += fairLetters(length - id.length);
  return id;
}

function fairLetters(count: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.min(count, 1024)));
  return Array.from(bytes, (byte) => (byte < FAIR_BYTES ? ALPHABET.charAt(byte % ALPHABET.length) : "")).join("");
}
