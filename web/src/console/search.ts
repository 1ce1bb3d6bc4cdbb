// Finding rooms by a part of their name. The API finds whole names only, so the newest rooms are looked through here.
import type { Page } from '../shared/api';
import type { Room } from './resources';

export const ROOMS_PER_LOOK = 250;
const LOOKS_MAX = 4;

export interface Found {
  rooms: Room[];
  /** Whether all rooms were looked through. */
  isAll: boolean;
}

/** Loads one page of rooms; with a name those of exactly that name. */
export type LoadRooms = (query: { page: number; size: number; name?: string }) => Promise<Page<Room>>;

/** The rooms whose name has `text` in it, in whatever case, or whose id begins with it. */
export async function findRooms(text: string, load: LoadRooms): Promise<Found> {
  const wanted = text.trim().toLowerCase();
  const exact = await load({ page: 1, size: 1, name: text.trim() });
  const found = new Map(exact.data.map((room) => [room.id, room]));
  let page = 0;
  let pages = 1;
  while (page < Math.min(pages, LOOKS_MAX)) {
    page += 1;
    const { data, meta } = await load({ page, size: ROOMS_PER_LOOK });
    pages = meta.total_pages;
    for (const room of data) if (fits(room, wanted)) found.set(room.id, room);
  }
  return { rooms: [...found.values()], isAll: page >= pages };
}

const fits = ({ unique_name, id }: Room, wanted: string) =>
  unique_name?.toLowerCase().includes(wanted) || id.startsWith(wanted);
