// A link to Meet by which somebody can join a room without a key. What they need stands behind the `#`, so that it reaches
// no server and no log.

/** As long as a refresh token may live. */
export const INVITATION_TTL_SECS = 86_400;

/** A room's id and a refresh token for it. */
export interface Invitation {
  roomId: string;
  refreshToken: string;
  /** What the room is called, for people. */
  title: string;
}

/** A link that lets whoever has it into the room, with the token that stands in it. */
export function invitationLink(page: string, { roomId, refreshToken, title }: Invitation): string {
  const parameters = new URLSearchParams({ room: roomId, refresh: refreshToken });
  if (title) parameters.set('title', title);
  return `${withoutFragment(page)}#${parameters}`;
}

export const withoutFragment = (page: string) => page.replace(/#.*$/, '');
