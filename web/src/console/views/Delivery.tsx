import { useRef, useState } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { get } from '../client';
import {
  addRoomNames,
  answerWords,
  bodyOf,
  eventWords,
  personOf,
  type RoomNames,
  textOf,
  tookWords,
} from '../deliveries';
import { Badge } from '../parts/Badge';
import { Copyable, CopyButton } from '../parts/Copy';
import { DeliveryState } from '../parts/DeliveryState';
import { Loaded } from '../parts/Loaded';
import { PageHead } from '../parts/PageHead';
import { RoomName } from '../parts/RoomName';
import { type Column, Table } from '../parts/Table';
import { Due, Moment } from '../parts/Time';
import type { Attempt, Delivery as DeliveryResource, Room } from '../resources';
import { href, type Route, webhooksRoute } from '../route';
import { usePoll } from '../usePoll';
import { shortId } from '../words';
import { Replay } from './Replay';

const EVERY_MS = 3_000;
/** More than three days make. */
const ATTEMPTS_SHOWN = 250;

/** One event: what became of it, what each receiver answered, and what it was sent. */
export function Delivery({ delivery: id }: Extract<Route, { view: 'delivery' }>) {
  const path = `/webhook_deliveries/${encodeURIComponent(id)}`;
  const names = useRef<RoomNames>(new Map());
  const delivery = usePoll(
    async (signal) => {
      const found = await get<DeliveryResource>(path, signal);
      await addRoomNames(names.current, [found], (room) => get<Room>(`/rooms/${room}`, signal));
      return found;
    },
    EVERY_MS,
    [id],
  );
  const [isReplaying, setReplaying] = useState(false);
  const { data } = delivery;
  return (
    <>
      <PageHead
        title={data ? eventWords(data.webhook.event_type) : 'Webhook'}
        up={{ title: 'Webhooks', to: webhooksRoute }}
        actions={
          data && (
            <Button icon="refresh" onClick={() => setReplaying(true)}>
              Replay
            </Button>
          )
        }
      />
      <Loaded polled={delivery}>
        {(delivery) => (
          <>
            <Facts delivery={delivery} names={names.current} />
            <Attempts delivery={delivery} />
            <Body delivery={delivery} />
          </>
        )}
      </Loaded>
      {isReplaying && data && (
        <Replay delivery={data} onClose={() => setReplaying(false)} onDone={() => delivery.reload()} />
      )}
    </>
  );
}

function Facts({ delivery, names }: { delivery: DeliveryResource; names: RoomNames }) {
  const { webhook, status, room_id, attempts_count, next_attempt_at, finished_at } = delivery;
  const session = textOf(webhook, 'session_id');
  const person = personOf(webhook);
  return (
    <section class="card" aria-label="About the event">
      <dl class="facts">
        <div>
          <dt>State</dt>
          <dd>
            <DeliveryState delivery={delivery} />
          </dd>
        </div>
        <div>
          <dt>Happened</dt>
          <dd>
            <Moment at={webhook.occurred_at} />
          </dd>
        </div>
        <div>
          <dt>Attempts</dt>
          <dd>{attempts_count}</dd>
        </div>
        {status === 'pending' ? (
          <div>
            <dt>Next attempt</dt>
            <dd>{next_attempt_at ? <Due at={next_attempt_at} /> : 'after those before it'}</dd>
          </div>
        ) : (
          <div>
            <dt>{status === 'delivered' ? 'Delivered' : 'Given up'}</dt>
            <dd>
              <Moment at={finished_at} />
            </dd>
          </div>
        )}
        {person && (
          <div>
            <dt>Who</dt>
            <dd>{person}</dd>
          </div>
        )}
        <div>
          <dt>Room</dt>
          <dd>
            <RoomName id={room_id} name={names.get(room_id)} />
          </dd>
        </div>
        {session && (
          <div>
            <dt>Session</dt>
            <dd>
              <a href={href({ view: 'session', session })}>{shortId(session)}</a>
            </dd>
          </div>
        )}
        <div class="whole">
          <dt>Type</dt>
          <dd>
            <code>{webhook.event_type}</code>
          </dd>
        </div>
        <div class="whole">
          <dt>Id</dt>
          <dd>
            <Copyable text={delivery.id} what="the event's id" />
          </dd>
        </div>
      </dl>
    </section>
  );
}

const columns: readonly Column<Attempt>[] = [
  { title: 'Attempt', cell: ({ attempt }) => attempt },
  { title: 'Began', cell: ({ started_at }) => <Moment at={started_at} /> },
  {
    title: 'Receiver',
    cell: ({ http, failover }) => (
      <div class="who">
        <code>{http.request.url}</code>
        {failover && <span class="quiet small">failover URL</span>}
      </div>
    ),
  },
  {
    title: 'Answer',
    cell: (attempt) => {
      const { tone, words, detail } = answerWords(attempt);
      return (
        <div class="who">
          <Badge tone={tone}>{words}</Badge>
          {detail && <span class="quiet small">{detail}</span>}
        </div>
      );
    },
  },
  { title: 'Took', isNumber: true, cell: (attempt) => tookWords(attempt) },
];

const Attempts = ({ delivery: { attempts = [] } }: { delivery: DeliveryResource }) => (
  <section class="stack" aria-labelledby="attempts">
    <h2 id="attempts">Attempts</h2>
    <Table
      caption="Attempts, the latest first"
      columns={columns}
      rows={attempts.slice(0, ATTEMPTS_SHOWN)}
      keyOf={({ attempt, failover }) => `${attempt} ${failover}`}
      empty={<p>It has not been tried yet.</p>}
    />
    {attempts.length > ATTEMPTS_SHOWN && (
      <p class="quiet small">The latest {ATTEMPTS_SHOWN} are shown. The API has all of them.</p>
    )}
  </section>
);

function Body({ delivery: { webhook, attempts: [latest] = [] } }: { delivery: DeliveryResource }) {
  const body = bodyOf(webhook, latest);
  return (
    <section class="card" aria-labelledby="body">
      <div class="spread">
        <h2 id="body">Body</h2>
        <CopyButton text={JSON.stringify(body)} what="the body" />
      </div>
      <p class="quiet small">
        {latest
          ? 'As it was sent the last time, here with line breaks; copied, it is the one line that was signed. If the URL has a query, that stood in delivered_to too: it is in no log.'
          : 'What will be sent, here with line breaks. Each attempt adds its number and its URL as meta.'}
      </p>
      <pre>{JSON.stringify(body, null, 2)}</pre>
    </section>
  );
}
