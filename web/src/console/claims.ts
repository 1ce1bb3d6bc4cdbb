// The members of a token, in words where they are not plain.
import { fromNow } from './words';

export interface Member {
  name: string;
  /** The value as it stands in the token. */
  value: string;
  /** What it means. */
  meaning: string | undefined;
}

const TIMES: Readonly<Record<string, string>> = { exp: 'refused from', iat: 'issued', nbf: 'good from' };
const MEANINGS: Readonly<Record<string, string>> = {
  alg: 'the algorithm of the signature',
  kid: 'the key that signed it',
  typ: 'what kind of token it is',
  iss: 'who issued it',
  aud: 'whom it is meant for',
  jti: "the token's own id",
  sid: 'its family: what a kick or a revocation takes away',
  sub: 'always the text null',
  grants: 'what it opens',
  rotate: 'its refresh tokens are good for one refresh each',
};
const VALUE_MAX_CHARS = 2_000;

/** The members in the token's order; anybody may have written them. */
export function membersOf(members: Record<string, unknown>, now_ms: number): Member[] {
  return Object.entries(members).map(([name, value]) => ({
    name,
    value: (typeof value === 'string' ? value : JSON.stringify(value, null, 1)).slice(0, VALUE_MAX_CHARS),
    meaning: timeWords(name, value, now_ms) ?? (Object.hasOwn(MEANINGS, name) ? MEANINGS[name] : undefined),
  }));
}

/** Date knows no later moment. */
const SECS_MAX = 8_640_000_000_000;

function timeWords(name: string, value: unknown, now_ms: number): string | undefined {
  if (!Object.hasOwn(TIMES, name) || typeof value !== 'number' || !(Math.abs(value) <= SECS_MAX)) return undefined;
  const at = new Date(value * 1_000).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
  return `${TIMES[name]} ${at}, ${fromNow(value * 1_000, now_ms)}`;
}

/** The room that a token is for, if its grant says one. */
export function roomOf(claims: Record<string, unknown> | null): string | undefined {
  const text = JSON.stringify(claims?.grants ?? null);
  return /telnyx:video:rooms:([0-9a-f-]{36})\b/.exec(text)?.[1];
}
