// Who is in the call and what they show, from the SDK's state.
import type { SdkParticipant, SdkState, SdkStream } from '../sdk/types';

export interface Person {
  id: string;
  name: string;
  isSelf: boolean;
  /** `silenced`: by an operator. */
  microphone: 'on' | 'off' | 'silenced';
  hasCamera: boolean;
  picture?: MediaStreamTrack | undefined;
  isOnPhone: boolean;
}

/** A stream beside camera and microphone: a screen, as a rule. */
export interface Screen {
  id: string;
  personId: string;
  key: string;
  name: string;
  isSelf: boolean;
  picture?: MediaStreamTrack | undefined;
}

export interface Roster {
  people: Person[];
  screens: Screen[];
}

export const NOBODY: Roster = { people: [], screens: [] };
export const LONGEST_NAME = 60;

/** What this page says of its participant. `username` is where the vendor's sample application looks for a name. */
export const contextOf = (name: string, page: string): string => JSON.stringify({ username: name, page });

export function readContext(context: string | undefined): { name: string; page: string | undefined } {
  let known: Record<string, unknown> = {};
  try {
    known = Object(JSON.parse(context ?? '{}')) as Record<string, unknown>;
  } catch {
    // Any application can be in the room, with whatever context it likes.
  }
  const name = typeof known.username === 'string' ? known.username.trim().slice(0, LONGEST_NAME) : '';
  return { name: name || 'Guest', page: typeof known.page === 'string' ? known.page : undefined };
}

/**
 * The people in the order in which they came, oneself first. A page that has come back after a break is there twice until the
 * server has given up its old connection: only the newer one is shown, and of `ownPage` only oneself.
 */
export function rosterOf(state: SdkState, ownPage: string): Roster {
  const newest = new Map<string, string>();
  for (const participant of state.participants.values()) {
    const { page } = readContext(participant.context);
    if (page) newest.set(page, participant.id);
  }
  newest.set(ownPage, state.localParticipantId);
  const isShown = ({ id, context }: SdkParticipant) => {
    const { page } = readContext(context);
    return page === undefined || newest.get(page) === id;
  };
  const roster: Roster = { people: [], screens: [] };
  for (const participant of state.participants.values()) {
    if (!isShown(participant)) continue;
    const person = personOf(participant, state);
    if (person.isSelf) roster.people.unshift(person);
    else roster.people.push(person);
    roster.screens.push(...screensOf(participant, person, state));
  }
  return roster;
}

function personOf(participant: SdkParticipant, state: SdkState): Person {
  const { id, context, origin } = participant;
  const own = streamOf(participant, 'self', state);
  const isOnPhone = origin === 'telephony_engine';
  return {
    id,
    name: readContext(context).name,
    isSelf: id === state.localParticipantId,
    microphone: own?.isAudioCensored ? 'silenced' : own?.isAudioEnabled || isOnPhone ? 'on' : 'off',
    hasCamera: own?.isVideoEnabled ?? false,
    picture: own?.isVideoEnabled ? own.videoTrack : undefined,
    isOnPhone,
  };
}

function screensOf(participant: SdkParticipant, { id, name, isSelf }: Person, state: SdkState): Screen[] {
  const keys = Object.keys(participant.streams).filter((key) => key !== 'self' && key !== 'audiobridge');
  return keys.flatMap((key) => {
    const stream = streamOf(participant, key, state);
    if (!stream?.isVideoEnabled) return [];
    return [{ id: `${id}/${key}`, personId: id, key, name, isSelf, picture: stream.videoTrack }];
  });
}

function streamOf(participant: SdkParticipant, key: string, state: SdkState): SdkStream | undefined {
  const id = participant.streams[key];
  return id === undefined ? undefined : state.streams.get(id);
}

/** One or two letters for a tile without a picture. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const first = (word = '') => [...word][0] ?? '';
  return (first(words[0]) + (words.length > 1 ? first(words.at(-1)) : '')).toUpperCase();
}
