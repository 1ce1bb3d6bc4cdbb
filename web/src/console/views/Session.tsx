import { useState } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Notice } from '../../shared/Notice';
import { get, list } from '../client';
import { now_ms } from '../clock';
import { hasStatus } from '../errors';
import { Badge } from '../parts/Badge';
import { Copyable } from '../parts/Copy';
import { Loaded } from '../parts/Loaded';
import { PageHead } from '../parts/PageHead';
import { Moment } from '../parts/Time';
import { type Person, peopleOf } from '../people';
import { endedWords } from '../reasons';
import type { Quality, Room, Session as SessionResource } from '../resources';
import { href, type Route, roomRoute, roomsRoute } from '../route';
import { usePoll } from '../usePoll';
import { countWords, durationWords, parseTime, secsBetween, shortId } from '../words';
import { GoneTable } from './GoneTable';
import { EndSession, Kick, Mute } from './Moderation';
import { PeopleTable } from './PeopleTable';

const EVERY_MS = 2_000;
/** More than a room holds. */
const QUALITIES_MAX = 250;
/** More people than these of one session are not shown by the API at once. */
const PEOPLE_SHOWN = 1_000;

interface Seen {
  session: SessionResource;
  qualities: Quality[] | undefined;
}

export type Act = { what: 'kick' | 'mute' | 'unmute'; who: Person | 'all' } | { what: 'end' };

async function load(id: string, signal: AbortSignal): Promise<Seen> {
  const path = `/room_sessions/${encodeURIComponent(id)}`;
  const session = await get<SessionResource>(path, signal, { include_participants: 'true' });
  if (!session.active) return { session, qualities: undefined };
  try {
    const { data } = await list<Quality>(`${path}/quality`, signal, { 'page[size]': QUALITIES_MAX });
    return { session, qualities: data };
  } catch (error) {
    // It has ended in between.
    if (hasStatus(error, 404)) return { session, qualities: undefined };
    throw error;
  }
}

/** A session: who is in it and how well it goes, or who was. */
export function Session({ session: id }: Extract<Route, { view: 'session' }>) {
  const seen = usePoll((signal) => load(id, signal), EVERY_MS, [id]);
  const roomId = seen.data?.session.room_id;
  const room = useRoom(roomId);
  const [act, setAct] = useState<Act>();
  const close = () => setAct(undefined);
  const isActive = seen.data?.session.active ?? false;
  const name = room?.unique_name ?? (roomId ? `room ${shortId(roomId)}` : '');
  return (
    <>
      <PageHead
        title={name ? `Session in ${name}` : 'Session'}
        up={roomId ? { title: name, to: roomRoute(roomId) } : { title: 'Rooms', to: roomsRoute }}
        actions={
          isActive && (
            <>
              <Button icon="mic-off" onClick={() => setAct({ what: 'mute', who: 'all' })}>
                Mute all
              </Button>
              <Button icon="close" onClick={() => setAct({ what: 'end' })}>
                End session
              </Button>
            </>
          )
        }
      />
      <Loaded polled={seen}>{(seen) => <Details {...seen} onAct={setAct} />}</Loaded>
      {act?.what === 'kick' && act.who !== 'all' && (
        <Kick session={id} person={act.who} onClose={close} onDone={seen.reload} />
      )}
      {(act?.what === 'mute' || act?.what === 'unmute') && (
        <Mute session={id} who={act.who} isOff={act.what === 'unmute'} onClose={close} onDone={seen.reload} />
      )}
      {act?.what === 'end' && <EndSession session={id} onClose={close} onDone={seen.reload} />}
    </>
  );
}

/** The room, if it is still there. */
function useRoom(id: string | undefined): Room | undefined {
  const ROOM_EVERY_MS = 60_000;
  const room = usePoll<Room | undefined>(
    async (signal) => {
      if (!id) return undefined;
      try {
        return await get<Room>(`/rooms/${id}`, signal);
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
    ROOM_EVERY_MS,
    [id],
  );
  return room.data;
}

function Details({ session, qualities, onAct }: Seen & { onAct: (act: Act) => void }) {
  const { present, gone } = peopleOf(session, qualities);
  const secs = secsBetween(session.created_at, session.active ? now_ms.value : parseTime(session.ended_at));
  const isCut = (session.participants?.length ?? 0) >= PEOPLE_SHOWN;
  return (
    <>
      <section class="card" aria-label="About the session">
        <dl class="facts">
          <div>
            <dt>State</dt>
            <dd>{session.active ? <Badge tone="good">goes on</Badge> : <Badge>over</Badge>}</dd>
          </div>
          <div>
            <dt>Began</dt>
            <dd>
              <Moment at={session.created_at} />
            </dd>
          </div>
          {!session.active && (
            <div>
              <dt>Ended</dt>
              <dd>
                <Moment at={session.ended_at} />
                {session.ended_reason && <span class="quiet">: {endedWords(session.ended_reason)}</span>}
              </dd>
            </div>
          )}
          <div>
            <dt>{session.active ? 'Lasts' : 'Lasted'}</dt>
            <dd>{secs === undefined ? '–' : durationWords(secs)}</dd>
          </div>
          <div class="whole">
            <dt>Id</dt>
            <dd>
              <Copyable text={session.id} what="the session's id" />
            </dd>
          </div>
        </dl>
      </section>
      {isCut && (
        <Notice kind="info" title={`The ${PEOPLE_SHOWN.toLocaleString('en')} who joined last are shown`}>
          <p>The API has all of them, page by page.</p>
        </Notice>
      )}
      {session.active && (
        <section class="stack" aria-labelledby="present">
          <h2 id="present">{countWords(present.length, 'person', 'people')} in it now</h2>
          <PeopleTable people={present} onAct={onAct} />
        </section>
      )}
      <section class="stack" aria-labelledby="gone">
        <h2 id="gone">
          {session.active ? 'Who left' : `${countWords(gone.length, 'person was', 'people were')} in it`}
        </h2>
        <GoneTable people={gone} />
      </section>
      <p>
        <a href={href(roomRoute(session.room_id))}>All sessions of the room</a>
      </p>
    </>
  );
}
