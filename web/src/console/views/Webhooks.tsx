import { useRef, useState } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { get, list } from '../client';
import { addRoomNames, eventWords, personOf, type RoomNames } from '../deliveries';
import { DeliveryState } from '../parts/DeliveryState';
import { Loaded } from '../parts/Loaded';
import { PageHead } from '../parts/PageHead';
import { Pager } from '../parts/Pager';
import { type Column, Table } from '../parts/Table';
import { Ago } from '../parts/Time';
import type { Delivery, Room } from '../resources';
import { type DeliveryFilter, href, type Route, roomRoute } from '../route';
import { usePoll } from '../usePoll';
import { shortId } from '../words';
import { DeliveryFilters } from './DeliveryFilters';
import { Replay } from './Replay';
import { SignatureKey } from './SignatureKey';

const EVERY_MS = 5_000;
const PER_PAGE = 20;

/** What the account's rooms had to tell, and what became of it. */
export function Webhooks({ page, status, type, room }: Extract<Route, { view: 'webhooks' }>) {
  const filter = { status, type, room };
  const [replayed, setReplayed] = useState<Delivery>();
  const names = useRef<RoomNames>(new Map());
  const deliveries = usePoll(
    async (signal) => {
      const found = await list<Delivery>('/webhook_deliveries', signal, {
        'page[number]': page,
        'page[size]': PER_PAGE,
        'filter[status][eq]': status,
        'filter[event_type]': type,
        'filter[room_id]': room,
      });
      await addRoomNames(names.current, found.data, (id) => get<Room>(`/rooms/${id}`, signal));
      return found;
    },
    EVERY_MS,
    [page, status, type, room],
  );
  return (
    <>
      <PageHead title="Webhooks">
        <p class="quiet">
          Events of the account's rooms on their way to the rooms' webhook URLs, the latest first. Those of a room go
          one after the other.
        </p>
      </PageHead>
      <DeliveryFilters filter={filter} />
      <Loaded polled={deliveries}>
        {({ data, meta }) => (
          <>
            <Table
              caption="Webhook deliveries"
              columns={columnsWith(names.current, setReplayed)}
              rows={data}
              keyOf={({ id }) => id}
              empty={<Empty page={page} filter={filter} />}
            />
            <Pager
              meta={meta}
              one="delivery"
              many="deliveries"
              to={(page) => ({ view: 'webhooks', page, ...filter })}
            />
          </>
        )}
      </Loaded>
      <SignatureKey />
      {replayed && (
        <Replay delivery={replayed} onClose={() => setReplayed(undefined)} onDone={() => deliveries.reload()} />
      )}
    </>
  );
}

function Empty({ page, filter: { status, type, room } }: { page: number; filter: DeliveryFilter }) {
  if (page > 1) return <p>This page of the list is empty.</p>;
  if (status || type || room) return <p>No event is like that.</p>;
  return <p>There are no events. They are made when somebody joins a room that has a webhook URL.</p>;
}

const columnsWith = (names: RoomNames, replay: (delivery: Delivery) => void): readonly Column<Delivery>[] => [
  {
    title: 'Event',
    cell: ({ id, webhook }) => {
      const person = personOf(webhook);
      return (
        <div class="who">
          <a class="strong" href={href({ view: 'delivery', delivery: id })}>
            {eventWords(webhook.event_type)}
          </a>
          {person && <span class="quiet small">{person}</span>}
        </div>
      );
    },
  },
  { title: 'State', cell: (delivery) => <DeliveryState delivery={delivery} /> },
  { title: 'Room', cell: ({ room_id }) => <RoomName id={room_id} name={names.get(room_id)} /> },
  { title: 'Happened', cell: ({ webhook }) => <Ago at={webhook.occurred_at} /> },
  { title: 'Attempts', isNumber: true, cell: ({ attempts_count }) => attempts_count },
  {
    title: 'Next attempt',
    cell: ({ next_attempt_at: at }) => (at ? <Ago at={at} /> : <span class="quiet">–</span>),
  },
  {
    title: 'Actions',
    isActions: true,
    cell: (delivery) =>
      delivery.status === 'failed' && (
        <Button
          class="slim"
          icon="refresh"
          label={`Replay ${eventWords(delivery.webhook.event_type)}`}
          onClick={() => replay(delivery)}
        >
          Replay
        </Button>
      ),
  },
];

/** `name` is null if the room is not there any more, and absent if that is not known. */
function RoomName({ id, name }: { id: string; name: string | null | undefined }) {
  if (name === null) return <span class="quiet">{shortId(id)}, deleted</span>;
  return <a href={href(roomRoute(id))}>{name ?? shortId(id)}</a>;
}
