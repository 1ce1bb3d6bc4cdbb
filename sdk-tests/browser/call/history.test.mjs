// What happened in a room, asked for with the vendor's server SDK, while people on its browser SDK come and go.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { MICROSECONDS, UUID } from '../../lib/expect.mjs';
import { setStage } from './stage.mjs';

const GRACE_SECS = 2;
const stage = setStage('call-history', { sessions: { grace_secs: GRACE_SECS } });
afterEach(() => stage.clear());

const idsOf = (items) => items.map(({ id }) => id);

async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

test('a session from the first join to the last leave', async () => {
  const { rooms, roomParticipants } = stage.telnyx;
  const room = await stage.makeRoom();
  assert.equal((await rooms.retrieve(room)).data.active_session_id, null);

  const alice = await stage.join(room, 'alice');
  const session = await stage.session(room);
  assert.match(session.id, UUID);
  assert.match(session.created_at, MICROSECONDS);
  assert.deepEqual(
    [session.record_type, session.room_id, session.active, session.ended_at],
    ['room_session', room, true, null],
  );
  const [first] = session.participants;
  assert.deepEqual(
    [first.record_type, first.id, first.session_id, first.context, first.left_at],
    ['room_participant', alice.id, session.id, alice.context, null],
  );
  assert.match(first.joined_at, MICROSECONDS);

  const bob = await stage.join(room, 'bob');
  assert.equal((await stage.session(room, 2)).id, session.id, 'the second to come starts no other session');
  await bob.leave();
  await stage.session(room, 1);
  const { data: gone } = await roomParticipants.retrieve(bob.id);
  assert.match(gone.left_at, MICROSECONDS);
  assert.ok(gone.left_at > gone.joined_at);

  await alice.leave();
  const ended = await alice.until('the session has ended', async () => {
    const { data } = await rooms.sessions.retrieve(session.id);
    return data.active ? undefined : data;
  });
  assert.match(ended.ended_at, MICROSECONDS);
  assert.equal((await rooms.retrieve(room)).data.active_session_id, null);
  const { data: last } = await roomParticipants.retrieve(alice.id);
  assert.equal(ended.ended_at, last.left_at, 'it ended when the last one left');
});

test('who reloads the page comes back to the same session', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice');
  const session = await stage.session(room);
  await alice.page.close();
  const again = await stage.join(room, 'alice');
  const now = await stage.session(room);
  assert.equal(now.id, session.id);
  assert.deepEqual(new Set(idsOf(now.participants)), new Set([alice.id, again.id]));
});

test('every list and filter', async () => {
  const { rooms, roomParticipants } = stage.telnyx;
  const [room, other] = [await stage.makeRoom(), await stage.makeRoom()];
  const [alice, bob] = [await stage.join(room, 'alice'), await stage.join(other, 'bob')];
  const [session, elsewhere] = [await stage.session(room), await stage.session(other)];
  const today = session.created_at.slice(0, 10);
  const never = '2001-01-01';

  assert.deepEqual(idsOf(await all(rooms.sessions.list1(room))), [session.id]);
  const listed = async (filter) => new Set(idsOf(await all(rooms.sessions.list0({ filter, 'page[size]': 1 }))));
  const has = async (filter, ...expected) => {
    const found = await listed(filter);
    for (const { id } of [session, elsewhere]) {
      assert.equal(found.has(id), expected.includes(id), JSON.stringify(filter));
    }
  };
  await has({}, session.id, elsewhere.id);
  await has({ room_id: room }, session.id);
  await has({ active: true }, session.id, elsewhere.id);
  await has({ active: false });
  await has({ date_created_at: { gte: today } }, session.id, elsewhere.id);
  await has({ date_created_at: { lte: never } });
  await has({ date_updated_at: { gte: today }, room_id: other }, elsewhere.id);
  await has({ date_ended_at: { gte: never } });

  const inSession = await all(rooms.sessions.retrieveParticipants(session.id, { filter: { context: alice.context } }));
  assert.deepEqual(idsOf(inSession), [alice.id]);
  assert.deepEqual(idsOf(await all(rooms.sessions.retrieveParticipants(session.id, { filter: { context: 'nobody' } }))), []);
  const people = async (filter) => idsOf(await all(roomParticipants.list({ filter })));
  assert.deepEqual(await people({ session_id: elsewhere.id }), [bob.id]);
  assert.deepEqual(await people({ session_id: session.id, date_joined_at: { gte: today } }), [alice.id]);
  assert.deepEqual(await people({ session_id: session.id, date_left_at: { gte: never } }), []);

  const { data } = await rooms.retrieve(room, { include_sessions: true });
  assert.deepEqual([idsOf(data.sessions), data.active_session_id], [[session.id], session.id]);
});

test('a session that is not there', async () => {
  const { rooms, roomParticipants } = stage.telnyx;
  const unknown = '00000000-0000-4000-8000-000000000000';
  for (const ask of [
    () => rooms.sessions.retrieve(unknown),
    () => rooms.sessions.retrieveParticipants(unknown),
    () => rooms.sessions.actions.end(unknown),
    () => roomParticipants.retrieve(unknown),
  ]) {
    await assert.rejects(ask, (error) => error.status === 404);
  }
});
