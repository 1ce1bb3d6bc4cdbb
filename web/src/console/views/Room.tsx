import { useState } from 'preact/hooks';
import { announce } from '../../shared/announce';
import { Button } from '../../shared/Button';
import { get, list, send } from '../client';
import { now_ms } from '../clock';
import { Badge } from '../parts/Badge';
import { Confirm } from '../parts/Confirm';
import { Copyable } from '../parts/Copy';
import { Loaded } from '../parts/Loaded';
import { PageHead } from '../parts/PageHead';
import { Pager } from '../parts/Pager';
import { type Column, Table } from '../parts/Table';
import { Ago, Moment } from '../parts/Time';
import { endedWords } from '../reasons';
import type { Room as RoomResource, Session } from '../resources';
import { href, type Route, roomsRoute, webhooksRoute } from '../route';
import { go } from '../state';
import { usePoll } from '../usePoll';
import { countWords, durationWords, parseTime, secsBetween, shortId } from '../words';
import { Invite } from './Invite';
import { RoomDialog } from './RoomDialog';

const EVERY_MS = 5_000;
const SESSIONS_PER_PAGE = 20;
/** With so many sessions on a page each one shows no more people than this. */
const PEOPLE_SHOWN = 250;

type Open = 'edit' | 'invite' | 'delete' | undefined;

/** One room: what goes on in it, its settings, its sessions. */
export function Room({ room: id, page }: Extract<Route, { view: 'room' }>) {
  const room = usePoll((signal) => get<RoomResource>(`/rooms/${encodeURIComponent(id)}`, signal), EVERY_MS, [id]);
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const actions = room.data && (
    <>
      <Button kind="primary" icon="link" onClick={() => setOpen('invite')}>
        Invite
      </Button>
      <Button icon="settings" onClick={() => setOpen('edit')}>
        Change
      </Button>
      <Button icon="trash" onClick={() => setOpen('delete')}>
        Delete
      </Button>
    </>
  );
  return (
    <>
      <PageHead
        title={room.data ? (room.data.unique_name ?? `Room ${shortId(id)}`) : 'Room'}
        up={{ title: 'Rooms', to: roomsRoute }}
        actions={actions}
      />
      <Loaded polled={room}>
        {(room) => (
          <>
            <Live room={room} />
            <Settings room={room} />
            <Sessions room={id} page={page} />
            {open === 'edit' && <RoomDialog room={room} onClose={close} onDone={() => reload()} />}
            {open === 'invite' && <Invite room={room} onClose={close} />}
            {open === 'delete' && <Delete room={room} onClose={close} />}
          </>
        )}
      </Loaded>
    </>
  );
  function reload() {
    room.reload();
  }
}

function Live({ room: { active_session_id: session } }: { room: RoomResource }) {
  if (!session)
    return (
      <section class="card" aria-label="Now">
        <p class="quiet">Nobody is in the room now.</p>
      </section>
    );
  return (
    <section class="card spread" aria-label="Now">
      <p>
        <Badge tone="good">in use</Badge> A session is going on.
      </p>
      <a class="button primary" href={href({ view: 'session', session })}>
        Look at it
      </a>
    </section>
  );
}

function Settings({ room }: { room: RoomResource }) {
  return (
    <section class="card" aria-labelledby="room-settings">
      <h2 id="room-settings">Settings</h2>
      <dl class="facts wide">
        <div>
          <dt>Id</dt>
          <dd>
            <Copyable text={room.id} what="the room's id" />
          </dd>
        </div>
        <div>
          <dt>People at once</dt>
          <dd>{room.max_participants}</dd>
        </div>
        <div>
          <dt>Webhook URL</dt>
          <dd>
            {room.webhook_event_url ?? <span class="quiet">none, so no events are sent</span>}{' '}
            <a href={href({ ...webhooksRoute, room: room.id })}>Deliveries</a>
          </dd>
        </div>
        {room.webhook_event_url && (
          <>
            <div>
              <dt>Failover URL</dt>
              <dd>{room.webhook_event_failover_url || <span class="quiet">none</span>}</dd>
            </div>
            <div>
              <dt>Time for one delivery</dt>
              <dd>{durationWords(room.webhook_timeout_secs || 5)}</dd>
            </div>
          </>
        )}
        <div>
          <dt>Made</dt>
          <dd>
            <Moment at={room.created_at} />
          </dd>
        </div>
        <div>
          <dt>Changed</dt>
          <dd>
            <Ago at={room.updated_at} />
          </dd>
        </div>
      </dl>
    </section>
  );
}

const columns: readonly Column<Session>[] = [
  {
    title: 'Began',
    cell: ({ id, created_at }) => (
      <a href={href({ view: 'session', session: id })}>
        <Moment at={created_at} />
      </a>
    ),
  },
  {
    title: 'Lasted',
    cell: ({ created_at, ended_at, active }) => {
      const secs = secsBetween(created_at, active ? now_ms.value : parseTime(ended_at));
      return secs === undefined ? '–' : durationWords(secs);
    },
  },
  { title: 'People', isNumber: true, cell: ({ participants }) => peopleWords(participants?.length) },
  {
    title: 'End',
    cell: ({ active, ended_reason }) =>
      active ? <Badge tone="good">goes on</Badge> : (endedWords(ended_reason) ?? <span class="quiet">ended</span>),
  },
];

const peopleWords = (count: number | undefined) =>
  count === undefined ? '–' : count >= PEOPLE_SHOWN ? `${PEOPLE_SHOWN} or more` : String(count);

function Sessions({ room, page }: { room: string; page: number }) {
  const sessions = usePoll(
    (signal) =>
      list<Session>(`/rooms/${encodeURIComponent(room)}/sessions`, signal, {
        'page[number]': page,
        'page[size]': SESSIONS_PER_PAGE,
        include_participants: 'true',
      }),
    EVERY_MS,
    [room, page],
  );
  return (
    <section class="stack" aria-labelledby="sessions">
      <h2 id="sessions">Sessions</h2>
      <Loaded polled={sessions}>
        {({ data, meta }) => (
          <>
            <Table
              caption="Sessions, newest first"
              columns={columns}
              rows={data}
              keyOf={({ id }) => id}
              empty={<p>Nobody has been in this room yet.</p>}
            />
            <Pager meta={meta} one="session" to={(page) => ({ view: 'room', room, page })} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Delete({ room, onClose }: { room: RoomResource; onClose: () => void }) {
  const name = room.unique_name ?? shortId(room.id);
  async function remove() {
    await send('DELETE', `/rooms/${room.id}`);
    announce(`The room ${name} is deleted`);
    go(roomsRoute);
  }
  return (
    <Confirm title={`Delete ${name}?`} verb="Delete the room" onConfirm={remove} onClose={onClose}>
      <p>
        Whoever is in it is put out within a second, and every token and invitation for it is void for good. The room's
        id is never used again; its sessions stay on record.
      </p>
      {room.active_session_id && <p class="strong">{countWords(1, 'session')} is going on in it now.</p>}
    </Confirm>
  );
}
