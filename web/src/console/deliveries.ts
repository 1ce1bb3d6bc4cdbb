// Webhook deliveries in words, and the body that a receiver was sent.
import { hasStatus } from './errors';
import type { Tone } from './parts/Badge';
import type { Attempt, Delivery, Room, WebhookEvent } from './resources';
import { numberWords, parseTime, personName, shortId } from './words';

const EVENTS: Readonly<Record<string, string>> = {
  'video.room.session.started': 'Session started',
  'video.room.session.ended': 'Session ended',
  'video.room.participant.joined': 'Participant joined',
  'video.room.participant.left': 'Participant left',
};

export const EVENT_TYPES = Object.keys(EVENTS);

/** What happened. A server that is newer than this page may know more. */
export const eventWords = (type: string) => (Object.hasOwn(EVENTS, type) ? (EVENTS[type] ?? type) : type);

/** Whom an event is about, if it is about somebody. */
export function personOf({ payload }: WebhookEvent): string | undefined {
  const { participant_id, context } = payload;
  if (typeof participant_id !== 'string') return undefined;
  return personName(typeof context === 'string' ? context : undefined, participant_id);
}

/** A member of the payload that is a text, such as `session_id`. */
export function textOf({ payload }: WebhookEvent, name: string): string | undefined {
  const value = payload[name];
  return typeof value === 'string' ? value : undefined;
}

export interface StateWords {
  tone: Tone;
  words: string;
  /** Why, where that is not plain. */
  detail?: string;
}

const REASONS: Readonly<Record<string, string>> = {
  expired: 'not taken in time',
  overflow: 'too many events of the room were waiting',
  no_url: 'the room had no webhook URL any more',
};

/** What has become of an event. */
export function stateWords(
  delivery: Pick<Delivery, 'status' | 'failure_reason' | 'attempts_count' | 'next_attempt_at'>,
): StateWords {
  const { status, failure_reason: reason, attempts_count, next_attempt_at } = delivery;
  switch (status) {
    case 'delivered':
      return { tone: 'good', words: 'delivered' };
    case 'failed':
      return { tone: 'bad', words: 'given up', ...(reason && { detail: reasonWords(reason) }) };
    case 'pending':
      if (!next_attempt_at) return { tone: 'plain', words: 'waiting', detail: 'behind earlier events' };
      return attempts_count > 0 ? { tone: 'fair', words: 'trying again' } : { tone: 'info', words: 'on its way' };
    default:
      return { tone: 'plain', words: status };
  }
}

const reasonWords = (reason: string) => (Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? reason) : reason);

/** What a replay means for an event, as the rest of a sentence about it. */
export function replayWords({ status, next_attempt_at }: Pick<Delivery, 'status' | 'next_attempt_at'>): string {
  if (status === 'delivered')
    return 'was taken already. The receiver gets it a second time, with the same id, and has to expect that.';
  if (status === 'failed') return 'was given up. It is sent once more.';
  return next_attempt_at
    ? 'waits already: it is tried at once instead of at its time.'
    : 'waits behind earlier events of its room: the first of them is tried at once instead of at its time.';
}

/** What a receiver answered, or why it did not. */
export function answerWords({ status, http, error }: Pick<Attempt, 'status' | 'http' | 'error'>): StateWords {
  const answered = http.response?.status;
  const tone = status === 'delivered' ? 'good' : 'bad';
  if (answered === undefined) return { tone, words: 'no answer', ...(error && { detail: error }) };
  const detail = error?.replace(`answered ${answered}`, '').trim();
  return { tone, words: String(answered), ...(detail && { detail }) };
}

/** How long a receiver took. */
export function tookWords({ started_at, finished_at }: Pick<Attempt, 'started_at' | 'finished_at'>): string {
  const [from, to] = [parseTime(started_at), parseTime(finished_at)];
  if (from === undefined || to === undefined) return '–';
  const ms = Math.max(0, to - from);
  return ms < 1_000 ? `${ms} ms` : `${numberWords(ms / 1_000)} s`;
}

/** The order in which the server writes them; the API gives them in another one. */
const PAYLOAD = ['session_id', 'room_id', 'participant_id', 'context', 'duration_secs', 'ended_reason', 'left_reason'];

/**
 * What a receiver is sent, member by member in the order of the body. `meta` is that of the attempt; of its URL the log has
 * no query.
 */
export function bodyOf({ record_type, event_type, id, occurred_at, payload }: WebhookEvent, attempt?: Attempt): object {
  const names = [...PAYLOAD, ...Object.keys(payload)].filter((name) => Object.hasOwn(payload, name));
  const ordered = Object.fromEntries(names.map((name) => [name, payload[name]]));
  const data = { record_type, event_type, id, occurred_at, payload: ordered };
  if (!attempt) return { data };
  return { data, meta: { attempt: attempt.attempt, delivered_to: attempt.http.request.url } };
}

/** As many as somebody who leafs through pages comes by. */
const NAMES_MAX = 1_000;

/** By id: what a room is called, or null if it is not there any more. */
export type RoomNames = Map<string, string | null>;

/** Adds to `names` what the rooms of these deliveries are called; where that cannot be told, their ids have to do. */
export async function addRoomNames(
  names: RoomNames,
  deliveries: readonly Pick<Delivery, 'room_id'>[],
  load: (room: string) => Promise<Pick<Room, 'unique_name'>>,
): Promise<void> {
  if (names.size > NAMES_MAX) names.clear();
  const unknown = [...new Set(deliveries.map(({ room_id }) => room_id))].filter((id) => !names.has(id));
  await Promise.all(
    unknown.map(async (id) => {
      try {
        names.set(id, (await load(id)).unique_name ?? shortId(id));
      } catch (error) {
        if (hasStatus(error, 404)) names.set(id, null);
      }
    }),
  );
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id of the room that somebody typed the id or the name of; absent if there is none of that name. */
export async function roomIdOf(
  text: string,
  find: (name: string) => Promise<readonly Pick<Room, 'id'>[]>,
): Promise<string | undefined> {
  const wanted = text.trim();
  if (wanted === '' || UUID.test(wanted)) return wanted.toLowerCase();
  return (await find(wanted))[0]?.id;
}
