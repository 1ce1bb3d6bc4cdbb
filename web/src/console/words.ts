// Times, amounts and names, in words. Times come as ISO 8601 from the server, or as seconds since 1970 from a token.

const MINUTE_SECS = 60;
const HOUR_SECS = 60 * MINUTE_SECS;
const DAY_SECS = 24 * HOUR_SECS;

/** A length of time by its two largest units: `3 min 20 s`, `2 d 4 h`. */
export function durationWords(secs: number): string {
  const whole = Math.max(0, Math.round(secs));
  const parts: [number, string][] = [
    [Math.floor(whole / DAY_SECS), 'd'],
    [Math.floor((whole % DAY_SECS) / HOUR_SECS), 'h'],
    [Math.floor((whole % HOUR_SECS) / MINUTE_SECS), 'min'],
    [whole % MINUTE_SECS, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** How far a moment is from now: `3 min ago`, `in 2 h`, `now`. */
export function fromNow(at_ms: number, now_ms: number): string {
  const secs = Math.round((at_ms - now_ms) / 1_000);
  if (Math.abs(secs) < 1) return 'now';
  const words = durationWords(roughly(Math.abs(secs)));
  return secs < 0 ? `${words} ago` : `in ${words}`;
}

/** As exact as anybody wants to know: to the second, the minute, or the day. */
function roughly(secs: number): number {
  if (secs >= DAY_SECS) return Math.floor(secs / DAY_SECS) * DAY_SECS;
  return secs >= MINUTE_SECS ? Math.floor(secs / MINUTE_SECS) * MINUTE_SECS : secs;
}

/** A moment of the server's, in ms since 1970; absent if it is not one. */
export function parseTime(text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const at_ms = Date.parse(text);
  return Number.isNaN(at_ms) ? undefined : at_ms;
}

/** The seconds between two moments of the server's; absent if one is not there. */
export function secsBetween(from: string | null | undefined, to_ms: number | undefined): number | undefined {
  const from_ms = parseTime(from);
  return from_ms === undefined || to_ms === undefined ? undefined : (to_ms - from_ms) / 1_000;
}

/** A rate in bits a second. */
export function bitrateWords(bps: number | null | undefined): string {
  if (bps === null || bps === undefined) return '–';
  const units = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s'];
  let [value, unit] = [bps, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${numberWords(value)} ${units[unit]}`;
}

/** At most three digits that matter, and thousands apart. */
export function numberWords(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value !== 0 && Math.abs(value) < 10) return String(Number(value.toFixed(value < 1 ? 2 : 1)));
  return Math.round(value).toLocaleString('en');
}

/** A share, 0 to 1. */
export const shareWords = (share: number | null | undefined) =>
  share === null || share === undefined ? '–' : `${numberWords(share * 100)} %`;

export const percentWords = (percent: number | null | undefined) =>
  percent === null || percent === undefined ? '–' : `${numberWords(percent)} %`;

export const countWords = (count: number, one: string, many = `${one}s`) =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

const NAME_MAX_CHARS = 80;
/** Where applications put the name, the likeliest first. */
const NAME_MEMBERS = ['name', 'username', 'displayName', 'display_name', 'display'];

/** What to call somebody: the name in the context that the application gave, or the context, or the id's beginning. */
export function personName(context: string | null | undefined, id: string): string {
  return clip(nameIn(context) || context?.trim() || shortId(id), NAME_MAX_CHARS);
}

function nameIn(context: string | null | undefined): string | undefined {
  try {
    const said: unknown = JSON.parse(context ?? '');
    if (typeof said === 'string') return said.trim();
    if (typeof said !== 'object' || said === null) return undefined;
    const names = NAME_MEMBERS.map((member) => (said as Record<string, unknown>)[member]);
    return names.find((name): name is string => typeof name === 'string' && name.trim() !== '');
  } catch {
    return undefined;
  }
}

/** Enough of an id to tell it from the others at a glance. */
export const shortId = (id: string) => (id.length > 13 ? `${id.slice(0, 8)}…` : id);

export const clip = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
