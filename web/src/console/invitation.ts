// A link to Meet by which somebody can join a room without a key.
import type { Room } from './resources';

/** As long as a refresh token may live. */
export const INVITATION_TTL_SECS = 86_400;

/** What the invited need stands after `#`, so that it reaches no server and no log. */
export function invitationLink(origin: string, room: Pick<Room, 'id' | 'unique_name'>, refresh: string): string {
  const parameters = new URLSearchParams({ room: room.id, refresh });
  if (room.unique_name) parameters.set('title', room.unique_name);
  return `${origin}/#${parameters}`;
}
