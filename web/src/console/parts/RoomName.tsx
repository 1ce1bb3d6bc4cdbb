import { href, roomRoute } from '../route';
import { shortId } from '../words';

/** A room by its name; `name` is null if the room is not there any more, and absent if that is not known. */
export function RoomName({ id, name }: { id: string; name: string | null | undefined }) {
  if (name === null) return <span class="quiet">{shortId(id)}, deleted</span>;
  return <a href={href(roomRoute(id))}>{name ?? shortId(id)}</a>;
}
