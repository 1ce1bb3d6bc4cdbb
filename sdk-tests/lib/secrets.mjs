// Finding secrets in text, all of them in one pass.

const PREFIX = 16;

/** A token is given away by its signature already; an API key only by all of it. */
const needle = (secret) => (secret.split('.').length === 3 ? secret.split('.')[2] : secret);

/** Returns a function that lists which of the secrets stand in a text. */
export function secretFinder(secrets) {
  const byPrefix = new Map();
  for (const secret of new Set(secrets)) {
    const text = needle(secret);
    if (text.length < PREFIX) throw new Error(`too short to be a secret: ${text}`);
    const prefix = text.slice(0, PREFIX);
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), { secret, text }]);
  }
  return function find(haystack) {
    const found = new Set();
    for (let at = 0; at + PREFIX <= haystack.length; at += 1) {
      for (const { secret, text } of byPrefix.get(haystack.slice(at, at + PREFIX)) ?? []) {
        if (haystack.startsWith(text, at)) found.add(secret);
      }
    }
    return [...found];
  };
}
