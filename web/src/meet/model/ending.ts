// Why a call ended or was not let in, in words, and whether to come back by oneself.
import type { ApiError } from '../../shared/api';

/** What is known when a connection to a room has ended. */
export interface Facts {
  /** Whether one had been in the call. */
  wasIn: boolean;
  /** The server's number, if it gave one: 401, 403, 429, 503. */
  status?: number | undefined;
  /** The close code that the browser saw. */
  code?: number | undefined;
  /** The server said that one was sent out. */
  kicked?: boolean;
  /** The server said that nothing was heard of this page for too long. */
  timedOut?: boolean;
  /** Given up from here: nothing was heard of the server for too long. */
  silent?: boolean;
}

export type EndKind = 'left' | 'kicked' | 'ended' | 'refused' | 'full' | 'gone' | 'unreachable';

export interface Ending {
  kind: EndKind;
  title: string;
  text: string;
  /** What the button to try again says, where that can help. */
  again?: string;
}

export const ENDINGS: Record<EndKind, Ending> = {
  left: {
    kind: 'left',
    title: 'You have left the call',
    text: 'You can come back whenever you like.',
    again: 'Join again',
  },
  kicked: {
    kind: 'kicked',
    title: 'You were removed from the call',
    text: 'A moderator sent you out. What you came in with opens this room no more; to come back you need a new invitation.',
  },
  ended: {
    kind: 'ended',
    title: 'The call has ended',
    text: 'A moderator ended it for everybody. Whoever joins again begins a new one.',
    again: 'Join again',
  },
  refused: {
    kind: 'refused',
    title: 'This opens the room no more',
    text: 'The invitation has expired or was withdrawn, or the room is gone. Ask whoever invited you for a new one.',
  },
  full: {
    kind: 'full',
    title: 'The room is full',
    text: 'As many people are in it as it takes. Try again when somebody has left.',
    again: 'Try again',
  },
  gone: { kind: 'gone', title: 'The room is gone', text: 'It was deleted, and the call with it.' },
  unreachable: {
    kind: 'unreachable',
    title: 'The connection is lost',
    text: 'The server could not be reached for a while. Check your network, then try again.',
    again: 'Try again',
  },
};

/**
 * What to do now that a connection has ended: `rejoin`, or an ending. `ask` means that a fresh token has to be asked for
 * first: whether the server gives one decides (see `afterRefresh`).
 */
export function afterEnd(facts: Facts): 'rejoin' | 'ask' | Ending {
  if (facts.kicked) return ENDINGS.kicked;
  if (facts.silent || facts.timedOut) return 'rejoin';
  if (facts.status === 429 || facts.status === 503) return 'rejoin';
  if (facts.status !== undefined || facts.code === 4000) return 'ask';
  return 'rejoin';
}

/** What it means that the server gave a fresh token after an end that had to be asked about, or that it refused one. */
export function afterAsking({ wasIn, status }: Facts, gotToken: boolean): 'rejoin' | Ending {
  if (!gotToken) return wasIn && status === undefined ? ENDINGS.gone : ENDINGS.refused;
  if (status === 401) return 'rejoin';
  // A fresh token says that the room is there and opens to its bearer. What can still be refused is a place in it.
  if (status === 403) return wasIn ? 'rejoin' : ENDINGS.full;
  return wasIn ? ENDINGS.ended : 'rejoin';
}

/** Why no token was given; undefined if trying again by oneself makes sense. */
export function refusedToken({ status }: Pick<ApiError, 'status'>): Ending | undefined {
  if (status === 0 || status === 408 || status === 429 || status >= 500) return undefined;
  return ENDINGS.refused;
}
