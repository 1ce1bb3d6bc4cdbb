// The settings of a room as they stand in a form, and as the API wants them.
import type { Room } from './resources';

export interface RoomForm {
  unique_name: string;
  max_participants: string;
  webhook_event_url: string;
  webhook_event_failover_url: string;
  webhook_timeout_secs: string;
}

export const ROOM_FIELDS = [
  'unique_name',
  'max_participants',
  'webhook_event_url',
  'webhook_event_failover_url',
  'webhook_timeout_secs',
] as const;

export const PARTICIPANTS_DEFAULT = 10;

/** The form for a room that is there, or for a new one. */
export function formOf(room?: Room): RoomForm {
  return {
    unique_name: room?.unique_name ?? '',
    max_participants: String(room?.max_participants ?? PARTICIPANTS_DEFAULT),
    webhook_event_url: room?.webhook_event_url ?? '',
    webhook_event_failover_url: room?.webhook_event_failover_url ?? '',
    webhook_timeout_secs: room?.webhook_timeout_secs ? String(room.webhook_timeout_secs) : '',
  };
}

type Faults = Partial<Record<keyof RoomForm, string>>;

/** What can be seen to be wrong before anything is sent; the server has the last word. */
export function faultsIn(form: RoomForm): Faults {
  const faults: Faults = {};
  if (!isWhole(form.max_participants, 2, 50)) faults.max_participants = 'From 2 to 50 people.';
  if (form.webhook_timeout_secs.trim() && !isWhole(form.webhook_timeout_secs, 1, 30))
    faults.webhook_timeout_secs = 'From 1 to 30 seconds, or empty.';
  for (const name of ['webhook_event_url', 'webhook_event_failover_url'] as const)
    if (form[name].trim() && !isHttpUrl(form[name])) faults[name] = 'A whole address, with http:// or https://.';
  if (form.webhook_event_failover_url.trim() && !form.webhook_event_url.trim())
    faults.webhook_event_url = 'Without this one nothing is sent, so the failover URL is of no use.';
  return faults;
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^\d{1,3}$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text.trim()) && URL.canParse(text.trim());
}

/** The body of the request: what is empty is cleared. Of a room that is there, only what was changed. */
export function bodyOf(form: RoomForm, room?: Room): Record<string, unknown> {
  const now = valuesOf(form);
  if (!room) return Object.fromEntries(Object.entries(now).filter(([, value]) => value !== null && value !== ''));
  const before: Record<string, unknown> = valuesOf(formOf(room));
  return Object.fromEntries(Object.entries(now).filter(([name, value]) => value !== before[name]));
}

function valuesOf(form: RoomForm) {
  const text = (value: string) => value.trim() || null;
  return {
    unique_name: text(form.unique_name),
    max_participants: Number(form.max_participants),
    webhook_event_url: text(form.webhook_event_url),
    webhook_event_failover_url: form.webhook_event_failover_url.trim(),
    webhook_timeout_secs: form.webhook_timeout_secs.trim() ? Number(form.webhook_timeout_secs) : null,
  };
}
