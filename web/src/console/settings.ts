// The server's settings as a list to read. Those that are known are described; of others the name has to do, which
// also says the unit.
import { countWords, durationWords } from './words';

export interface SettingGroup {
  title: string;
  settings: { name: string; value: string }[];
}

/** Settings by section, in the server's order. */
export function settingGroups(settings: Record<string, unknown>): SettingGroup[] {
  const groups = Object.entries(settings).filter(([, group]) => typeof group === 'object' && group !== null);
  return groups.map(([title, group]) => ({
    title: sentence(title),
    settings: Object.entries(group as Record<string, unknown>).map(([name, value]) => describe(title, name, value)),
  }));
}

const UNITS: [suffix: string, words: (value: number) => string][] = [
  ['_secs', durationWords],
  ['_hours', (hours) => countWords(hours, 'hour')],
  ['_days', (days) => countWords(days, 'day')],
  [
    '_bytes',
    (bytes) => (bytes % 1_024 === 0 ? `${(bytes / 1_024).toLocaleString('en')} KiB` : countWords(bytes, 'byte')),
  ],
];

function describe(section: string, name: string, value: unknown): { name: string; value: string } {
  const unit = typeof value === 'number' ? UNITS.find(([suffix]) => name.endsWith(suffix)) : undefined;
  const bare = unit ? name.slice(0, -unit[0].length) : name;
  const known = `${section}.${bare}`;
  const title = Object.hasOwn(KNOWN, known) ? KNOWN[known] : undefined;
  return { name: title ?? sentence(bare), value: valueWords(name, value, unit?.[1]) };
}

function valueWords(name: string, value: unknown, words: ((value: number) => string) | undefined): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'number') return VALUES[String(value)] ?? String(value ?? 'none').replaceAll('_', ' ');
  if (value === 0 && /_(burst|per_minute)$/.test(name)) return 'no limit';
  return words ? words(value) : value.toLocaleString('en');
}

const VALUES: Readonly<Record<string, string>> = {
  close: 'is ended',
  keep: 'goes on',
  allow: 'is allowed',
  reject_new: 'is refused',
  replace_old: 'ends the first one',
};

/** By section and name, without the unit. */
const KNOWN: Readonly<Record<string, string>> = {
  'tokens.expiry': 'A session whose token expires',
  'tokens.reuse': 'A second session with one token family',
  'tokens.leeway': 'Clocks may differ by',
  'tokens.client_ttl_default': 'Client token lives',
  'tokens.client_ttl_max': 'Client token lives at most',
  'tokens.refresh_ttl_default': 'Refresh token lives',
  'tokens.refresh_ttl_max': 'Refresh token lives at most',
  'sessions.grace': 'An empty session ends after',
  'silence.media_max': 'Silent media is given up after',
  'silence.websocket_max': 'A silent connection without media, after',
  'silence.session_timeout': 'A session without a sign of life, after',
  'moderation.kick_revokes': 'A kick revokes tokens',
  'moderation.end_revokes': 'The end of a session revokes tokens',
  'webhooks.retry': 'Events are tried for',
  'webhooks.keep': 'Delivered events are kept for',
  'webhooks.keep_failed': 'Failed events are kept for',
};

function sentence(name: string): string {
  const words = name
    .replaceAll('_', ' ')
    .replace(/\bttl\b/, 'lifetime')
    .replace(/\bmax\b/, 'at most')
    .replace(/\bapi\b/, 'API')
    .replace(/\bwebsocket\b/, 'WebSocket');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a kick and an end do to tokens; absent where the server does not say. */
export function moderationOf(settings: Record<string, unknown> | undefined): {
  kick_revokes?: boolean;
  end_revokes?: boolean;
} {
  const moderation = settings?.moderation;
  return typeof moderation === 'object' && moderation !== null ? moderation : {};
}

/** For how long an event is tried; absent where the server does not say. */
export function retryHoursOf(settings: Record<string, unknown> | undefined): number | undefined {
  const webhooks = settings?.webhooks;
  if (typeof webhooks !== 'object' || webhooks === null) return undefined;
  const { retry_hours } = webhooks as { retry_hours?: unknown };
  return typeof retry_hours === 'number' ? retry_hours : undefined;
}
