// The API key, as it comes in.

const KEY_MAX_CHARS = 256;

/** The key of an address that ends in `#key=...`, which is what `greenroom dev` prints. */
export function keyInAddress(hash: string): string | undefined {
  if (!hash.startsWith('#key=')) return undefined;
  return cleanKey(new URLSearchParams(hash.slice(1)).get('key') ?? '');
}

/** What was typed or pasted, as the key it may be; none if it cannot be sent in a header. */
export function cleanKey(text: string): string | undefined {
  const key = text.trim();
  return key.length <= KEY_MAX_CHARS && /^[\x21-\x7e]+$/.test(key) ? key : undefined;
}
