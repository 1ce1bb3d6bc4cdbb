import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { list } from '../client';
import { Badge } from '../parts/Badge';
import { Loaded } from '../parts/Loaded';
import { PageHead } from '../parts/PageHead';
import { Pager } from '../parts/Pager';
import { type Column, Table } from '../parts/Table';
import { Ago } from '../parts/Time';
import type { Room } from '../resources';
import { href, type Route, roomRoute } from '../route';
import { findRooms, type LoadRooms } from '../search';
import { go } from '../state';
import { usePoll } from '../usePoll';
import { shortId } from '../words';
import { RoomDialog } from './RoomDialog';

const EVERY_MS = 10_000;
/** What was found is looked for again less often: it takes several requests. */
const SEARCH_EVERY_MS = 60_000;
const PER_PAGE = 20;

/** The account's rooms. */
export function Rooms({ page, search }: Extract<Route, { view: 'rooms' }>) {
  const [isMaking, setMaking] = useState(false);
  return (
    <>
      <PageHead
        title="Rooms"
        actions={
          <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>
            New room
          </Button>
        }
      />
      <Search text={search} />
      {search ? <Found text={search} /> : <All page={page} />}
      {isMaking && <RoomDialog onClose={() => setMaking(false)} onDone={(room) => go(roomRoute(room.id))} />}
    </>
  );
}

function Search({ text }: { text: string }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  function submit(event: Event) {
    event.preventDefault();
    go({ view: 'rooms', page: 1, search: typed.trim() });
  }
  return (
    <search>
      <form class="search" onSubmit={submit}>
        <label class="unseen" for="search">
          Search by name
        </label>
        <input
          id="search"
          class="input"
          type="search"
          placeholder="Search by name"
          maxLength={255}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" icon="search">
          Search
        </Button>
        {text && (
          <a class="button bare" href="#/rooms">
            Show all
          </a>
        )}
      </form>
    </search>
  );
}

const columns: readonly Column<Room>[] = [
  {
    title: 'Room',
    cell: (room) => (
      <a class="strong" href={href(roomRoute(room.id))}>
        {room.unique_name ?? <span class="quiet">{shortId(room.id)}, no name</span>}
      </a>
    ),
  },
  {
    title: 'Now',
    cell: ({ active_session_id: session }) =>
      session ? (
        <a href={href({ view: 'session', session })}>
          <Badge tone="good">in use</Badge>
        </a>
      ) : (
        <span class="quiet">empty</span>
      ),
  },
  { title: 'Holds', isNumber: true, cell: ({ max_participants }) => max_participants },
  {
    title: 'Webhooks',
    cell: ({ webhook_event_url: url }) => (url ? hostOf(url) : <span class="quiet">none</span>),
  },
  { title: 'Made', cell: ({ created_at }) => <Ago at={created_at} /> },
];

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function All({ page }: { page: number }) {
  const rooms = usePoll(
    (signal) => list<Room>('/rooms', signal, { 'page[number]': page, 'page[size]': PER_PAGE }),
    EVERY_MS,
    [page],
  );
  return (
    <Loaded polled={rooms}>
      {({ data, meta }) => (
        <>
          <Table caption="Rooms" columns={columns} rows={data} keyOf={({ id }) => id} empty={<Empty page={page} />} />
          <Pager meta={meta} one="room" to={(page) => ({ view: 'rooms', page, search: '' })} />
        </>
      )}
    </Loaded>
  );
}

const Empty = ({ page }: { page: number }) =>
  page > 1 ? (
    <p>This page of the list is empty.</p>
  ) : (
    <p>There are no rooms yet. Make the first one with “New room”.</p>
  );

function Found({ text }: { text: string }) {
  const found = usePoll(
    (signal) => {
      const load: LoadRooms = ({ page, size, name }) =>
        list<Room>('/rooms', signal, { 'page[number]': page, 'page[size]': size, 'filter[unique_name]': name });
      return findRooms(text, load);
    },
    SEARCH_EVERY_MS,
    [text],
  );
  return (
    <Loaded polled={found}>
      {({ rooms, isAll }) => (
        <>
          <p class="quiet small" role="status">
            {rooms.length === 1 ? '1 room' : `${rooms.length} rooms`} with “{text}” in the name
            {!isAll && ', among the newest 1,000. Older rooms are found by their whole name'}.
          </p>
          <Table
            caption={`Rooms with “${text}” in the name`}
            columns={columns}
            rows={rooms}
            keyOf={({ id }) => id}
            empty={<p>No room has that in its name.</p>}
          />
        </>
      )}
    </Loaded>
  );
}
