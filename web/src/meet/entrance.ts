// How this page was come to: by which link, with which key; and what of it lasts for as long as the tab does.
import type { Invitation } from '../shared/invitation';
import { recall, remember } from '../shared/storage';
import type { Pass } from './call/tickets';
import { wishOf } from './model/address';

const INVITATION = 'meet.invitation';
const KEY = 'meet.key';

export interface Entrance {
  pass: Pass | undefined;
  /** The room that was asked for, if one was. */
  room: string;
}

/** Takes keys and tokens out of the address bar at once; a reload finds the invitation again. */
export function readEntrance(visitors: boolean): Entrance {
  const wish = wishOf(location.hash);
  if (wish.kind === 'key' || wish.kind === 'invitation') hideFragment();
  switch (wish.kind) {
    case 'key':
      return { pass: { kind: 'key', key: wish.key }, room: '' };
    case 'invitation':
      remember(INVITATION, JSON.stringify(wish.invitation), 'session');
      return { pass: { kind: 'invitation', invitation: wish.invitation }, room: '' };
    case 'room':
      return { pass: lasting() ?? visitor(visitors), room: wish.name };
    case 'none': {
      const invitation = keptInvitation();
      if (invitation) return { pass: { kind: 'invitation', invitation }, room: '' };
      return { pass: lasting() ?? visitor(visitors), room: '' };
    }
  }
}

/** Keeps a key until the tab is closed, or forgets it. */
export function keepKey(key: string | undefined): void {
  remember(KEY, key, 'session');
}

/** The next start is one without an invitation or a room. */
export function forgetEntrance(): void {
  remember(INVITATION, undefined, 'session');
  hideFragment();
}

const visitor = (visitors: boolean): Pass | undefined => (visitors ? { kind: 'visitor' } : undefined);

function lasting(): Pass | undefined {
  const key = recall(KEY, 'session');
  return key ? { kind: 'key', key } : undefined;
}

function keptInvitation(): Invitation | undefined {
  try {
    return JSON.parse(recall(INVITATION, 'session') ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

function hideFragment(): void {
  history.replaceState(null, '', location.pathname + location.search);
}
