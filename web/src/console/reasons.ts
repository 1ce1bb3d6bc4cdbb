// What stands in records as a short text, in words.

const LEFT: Readonly<Record<string, string>> = {
  left: 'left by themselves, or the connection ended',
  timed_out: 'nothing was heard of them any more',
  unauthorized: 'the token expired or was revoked',
  kicked: 'was kicked',
  session_ended: 'the session was ended',
  room_deleted: 'the room was deleted',
  stale: 'the server stopped while they were there',
};

const ENDED: Readonly<Record<string, string>> = {
  empty: 'everybody left',
  'Ended from API': 'ended by a request',
  room_deleted: 'the room was deleted',
  stale: 'the server stopped, and nobody came back in time',
};

const look = (words: Readonly<Record<string, string>>, text: string) =>
  Object.hasOwn(words, text) ? words[text] : text;

/** Why somebody left. */
export const leftWords = (reason: string | null | undefined) => (reason ? look(LEFT, reason) : undefined);
/** Why a session ended. */
export const endedWords = (reason: string | null | undefined) => (reason ? look(ENDED, reason) : undefined);
