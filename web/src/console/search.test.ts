import { expect, it } from 'vitest';
import type { Room } from './resources';
import { findRooms, type LoadRooms } from './search';

const room = (id: string, unique_name: string | null) => ({ id, unique_name }) as Room;

function loader(pages: Room[][], exact: Room[] = []): LoadRooms & { asked: unknown[] } {
  const asked: unknown[] = [];
  const load: LoadRooms = async (query) => {
    asked.push(query);
    const data = query.name === undefined ? (pages[query.page - 1] ?? []) : exact;
    return {
      data,
      meta: { page_number: query.page, page_size: query.size, total_pages: pages.length, total_results: 0 },
    };
  };
  return Object.assign(load, { asked });
}

it('finds parts of names in any case, and beginnings of ids', async () => {
  const load = loader([
    [room('aa-1', 'Standup'), room('bb-2', null), room('cc-3', 'lunch')],
    [room('dd-4', 'understanding')],
  ]);
  expect((await findRooms(' stand ', load)).rooms.map(({ id }) => id)).toEqual(['aa-1', 'dd-4']);
  expect(await findRooms('bb', load)).toEqual({ rooms: [room('bb-2', null)], isAll: true });
});

it('finds the exact name however old the room is, once, and says that it did not look through all', async () => {
  const old = room('zz-9', 'Standup');
  const load = loader(
    Array.from({ length: 9 }, () => [room('aa-1', 'lunch')]),
    [old],
  );
  expect(await findRooms('Standup', load)).toEqual({ rooms: [old], isAll: false });
  expect(load.asked).toHaveLength(5);
});
