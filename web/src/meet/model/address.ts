// What an address of the page asks for. Keys and tokens come behind the `#`, which no server ever sees.
import { type Invitation, withoutFragment } from '../../shared/invitation';

/** Rooms are named by people, or by their id. */
const LONGEST_NAME = 255;

export type Wish =
  | { kind: 'none' }
  /** An API key of this server: `#key=...`. */
  | { kind: 'key'; key: string }
  /** A room by its name, where visitors are let in: `#room=standup`. */
  | { kind: 'room'; name: string }
  /** An invitation: a room's id and a refresh token for it. */
  | { kind: 'invitation'; invitation: Invitation };

/** Reads what stands behind the `#`. */
export function wishOf(fragment: string): Wish {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''));
  const text = (name: string) => parameters.get(name)?.trim() ?? '';
  const room = text('room').slice(0, LONGEST_NAME);
  if (text('refresh') && room) {
    const title = text('title').slice(0, LONGEST_NAME);
    return { kind: 'invitation', invitation: { roomId: room, refreshToken: text('refresh'), title } };
  }
  if (text('key')) return { kind: 'key', key: text('key') };
  return room ? { kind: 'room', name: room } : { kind: 'none' };
}

/** A link to a room of a server that lets visitors in. */
export const roomLink = (page: string, name: string): string =>
  `${withoutFragment(page)}#${new URLSearchParams({ room: name })}`;

/** When a token expires, in ms since 1970, as far as its claims say so. It is read, not verified. */
export function expiryOf(token: string): number | undefined {
  try {
    const part = token.split('.')[1] ?? '';
    const claims: unknown = JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')));
    const exp = (claims as { exp?: unknown }).exp;
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
