// What the browser remembers for us. A browser may refuse to (private windows, blocked site data): then nothing is remembered.

type Kind = 'local' | 'session';

const area = (kind: Kind): Storage => (kind === 'local' ? localStorage : sessionStorage);

/** The text kept under `key`, if there is any. */
export function recall(key: string, kind: Kind = 'local'): string | undefined {
  try {
    return area(kind).getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps `text` under `key`, or forgets what is there. */
export function remember(key: string, text: string | undefined, kind: Kind = 'local'): void {
  try {
    if (text === undefined) area(kind).removeItem(key);
    else area(kind).setItem(key, text);
  } catch {
    // The pages work without.
  }
}
