import { useRef, useState } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { get, list } from '../client';
import { addRoomNames, eventWords, personOf, type RoomNames } from '../deliveries';
import { DeliveryState } from '../parts/DeliveryState';
import { Loaded } from '../parts/Loaded';
import { PageHead } from '../parts/PageHead';
import { Pager } from '../parts/Pager';
import { RoomName } from '../parts/RoomName';
import { type Column, Table } from '../parts/Table';
import { Ago, Due } from '../parts/Time';
import type { Delivery, Room } from '../resources';
import { type DeliveryFilter, href, type Route } from '../route';
import { usePoll } from '../usePoll';
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
              columns={columnsOf(data, names.current, setReplayed)}
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

/** Buttons have a column only where there are some. */
function columnsOf(
  deliveries: readonly Delivery[],
  names: RoomNames,
  replay: (delivery: Delivery) => void,
): readonly Column<Delivery>[] {
  const isReplayable = ({ status }: Delivery) => status === 'failed';
  const actions: Column<Delivery> = {
    title: 'Actions',
    isActions: true,
    cell: (delivery) => isReplayable(delivery) && <ReplayButton delivery={delivery} onClick={() => replay(delivery)} />,
  };
  return [...columnsWith(names), ...(deliveries.some(isReplayable) ? [actions] : [])];
}

const ReplayButton = ({ delivery: { webhook }, onClick }: { delivery: Delivery; onClick: () => void }) => (
  <div class="row-actions">
    <Button class="slim" icon="refresh" label={`Replay ${eventWords(webhook.event_type)}`} onClick={onClick}>
      Replay
    </Button>
  </div>
);

const columnsWith = (names: RoomNames): readonly Column<Delivery>[] => [
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
    cell: ({ next_attempt_at: at }) => (at ? <Due at={at} /> : <span class="quiet">–</span>),
  },
];
