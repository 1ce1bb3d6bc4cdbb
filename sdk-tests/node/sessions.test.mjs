// Sessions, participants and moderation through the Node SDK, with people in the room.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import Telnyx from 'telnyx';
import { failsWith, MICROSECONDS, UUID } from '../lib/expect.mjs';
import { join } from '../lib/guest.mjs';
import { journal } from '../lib/record.mjs';
import { makeApiKey, startServer } from '../lib/server.mjs';
import { until } from '../lib/wait.mjs';

let server;
let client;
const guests = [];
before(async () => {
  server = await startServer('node-sessions');
  client = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
});
after(async () => {
  await Promise.all(guests.map((guest) => guest.leave()));
  await server.stop();
});

const unprocessable = (code) => failsWith(Telnyx.UnprocessableEntityError, 422, { code });
const notFound = failsWith(Telnyx.NotFoundError, 404, { code: '10005' });

async function guest(roomId, context) {
  const joined = await join(server, client, roomId, context);
  guests.push(joined);
  return joined;
}

async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

const ids = async (pages) => (await all(pages)).map(({ id }) => id);

/** The ids of those who are in a session now. */
async function inside(sessionId) {
  const participants = await all(client.rooms.sessions.retrieveParticipants(sessionId));
  return participants.filter((one) => one.left_at === null).map(({ id }) => id);
}

/** A room with Ann and Ben in it, both on record. */
async function meeting() {
  const { data: room } = await client.rooms.create();
  const ann = await guest(room.id, 'Ann');
  const ben = await guest(room.id, 'Ben B.');
  const active = async () => (await client.rooms.retrieve(room.id)).data.active_session_id;
  const sessionId = await until('a session is on record', active);
  await until('both are on record', async () => (await inside(sessionId)).length === 2);
  return { roomId: room.id, sessionId, ann, ben };
}

test('a session in all lists', async () => {
  const { roomId, sessionId, ann, ben } = await meeting();
  const { data: session } = await client.rooms.sessions.retrieve(sessionId, { include_participants: true });
  const { participants, ...plain } = session;
  assert.deepEqual((await client.rooms.sessions.retrieve(sessionId)).data, plain);
  assert.match(session.id, UUID);
  assert.equal(session.record_type, 'room_session');
  assert.equal(session.room_id, roomId);
  assert.equal(session.active, true);
  assert.equal(session.ended_at, null);
  assert.match(session.created_at, MICROSECONDS);
  assert.match(session.updated_at, MICROSECONDS);
  assert.deepEqual(participants.map(({ id }) => id), [ben.id, ann.id]);

  const today = session.created_at.slice(0, 10);
  const filter = { active: true, date_created_at: { eq: today }, date_updated_at: { gte: today } };
  assert.deepEqual(await all(client.rooms.sessions.list1(roomId, { filter })), [plain]);
  assert.deepEqual(await all(client.rooms.sessions.list0({ filter: { ...filter, room_id: roomId } })), [plain]);
  assert.deepEqual(await all(client.rooms.sessions.list1(roomId, { filter: { active: false } })), []);
  const ended = { room_id: roomId, date_ended_at: { gte: today } };
  assert.deepEqual(await all(client.rooms.sessions.list0({ filter: ended })), []);
  assert.deepEqual(await all(client.rooms.sessions.list1(roomId, { include_participants: true })), [session]);

  const { data: room } = await client.rooms.retrieve(roomId, { include_sessions: true });
  assert.deepEqual(room.sessions, [plain]);
  const rooms = await all(client.rooms.list({ include_sessions: true }));
  assert.deepEqual(rooms.find(({ id }) => id === roomId), room);
});

test('a participant in all lists, page by page', async () => {
  const { sessionId, ann, ben } = await meeting();
  const { data: shown } = await client.roomParticipants.retrieve(ben.id);
  assert.equal(shown.record_type, 'room_participant');
  assert.equal(shown.session_id, sessionId);
  assert.equal(shown.context, 'Ben B.');
  assert.equal(shown.left_at, null);
  assert.match(shown.joined_at, MICROSECONDS);

  const today = shown.joined_at.slice(0, 10);
  const filter = { context: 'Ben B.', date_joined_at: { eq: today }, date_updated_at: { gte: today } };
  assert.deepEqual(await all(client.rooms.sessions.retrieveParticipants(sessionId, { filter })), [shown]);
  const narrowed = { filter: { ...filter, session_id: sessionId } };
  assert.deepEqual(await all(client.roomParticipants.list(narrowed)), [shown]);

  const asked = journal.length;
  const pages = client.roomParticipants.list({ page_size: 1, filter: { session_id: sessionId } });
  assert.deepEqual(await ids(pages), [ben.id, ann.id]);
  assert.equal(journal.length - asked, 2);

  const left = { filter: { session_id: sessionId, date_left_at: { gte: today } } };
  assert.deepEqual(await ids(client.roomParticipants.list(left)), []);
  await ben.leave();
  const gone = async () => (await client.roomParticipants.retrieve(ben.id)).data.left_at;
  assert.match(await until('who left is on record', gone), MICROSECONDS);
  assert.deepEqual(await ids(client.roomParticipants.list(left)), [ben.id]);
});

test('who is kicked is gone and stays out', async () => {
  const { roomId, sessionId, ann, ben } = await meeting();
  const kicked = await client.rooms.sessions.actions.kick(sessionId, { participants: [ben.id] });
  assert.deepEqual(kicked, { data: { result: 'ok' } });
  assert.deepEqual(await inside(sessionId), [ann.id]);
  assert.equal(await ben.closed, 4000);
  assert.ok(ben.sawKicked(ben.rosterId));
  await until('the others are told', () => ann.sawKicked(ben.rosterId));
  const refresh = { refresh_token: ben.tokens.refresh_token };
  const refused = failsWith(Telnyx.PermissionDeniedError, 403, { code: '10010' });
  await assert.rejects(() => client.rooms.actions.refreshClientToken(roomId, refresh), refused);
  const again = () => client.rooms.sessions.actions.kick(sessionId, { participants: [ben.id] });
  await assert.rejects(again, unprocessable('10022'));
  await assert.rejects(again, new RegExp(ben.id));

  const cid = await guest(roomId);
  await until('another one is on record', async () => (await inside(sessionId)).includes(cid.id));
  await client.rooms.sessions.actions.kick(sessionId, { participants: 'all', exclude: [cid.id] });
  assert.deepEqual(await inside(sessionId), [cid.id]);
});

test('mute and unmute', async () => {
  const { sessionId, ann, ben } = await meeting();
  const { actions } = client.rooms.sessions;
  const ok = { data: { result: 'ok' } };
  assert.deepEqual(await actions.mute(sessionId, { participants: 'all' }), ok);
  assert.deepEqual(await actions.unmute(sessionId, { participants: [ann.id] }), ok);
  assert.deepEqual(await actions.unmute(sessionId, { exclude: [ann.id] }), ok);
  assert.deepEqual(await inside(sessionId), [ben.id, ann.id]);
});

test('the end', async () => {
  const { roomId, sessionId, ann, ben } = await meeting();
  const { actions } = client.rooms.sessions;
  assert.deepEqual(await actions.end(sessionId), { data: { result: 'ok' } });
  const { data: session } = await client.rooms.sessions.retrieve(sessionId);
  assert.equal(session.active, false);
  assert.match(session.ended_at, MICROSECONDS);
  assert.equal((await client.rooms.retrieve(roomId)).data.active_session_id, null);
  assert.deepEqual(await Promise.all([ann.closed, ben.closed]), [4000, 4000]);
  await assert.rejects(() => actions.end(sessionId), unprocessable('10027'));
  await assert.rejects(() => actions.mute(sessionId, { participants: 'all' }), unprocessable('10027'));

  await client.rooms.delete(roomId);
  assert.equal((await client.rooms.sessions.retrieve(sessionId)).data.room_id, roomId);
  await assert.rejects(() => client.rooms.sessions.list1(roomId), notFound);
});

test('mistakes', async () => {
  const { sessionId, ann, ben } = await meeting();
  const { sessions } = client.rooms;
  for (const action of ['kick', 'mute', 'unmute']) {
    const act = (id, body) => () => sessions.actions[action](id, body);
    // Called without a body this SDK sends none at all.
    await assert.rejects(act(sessionId), unprocessable('10004'));
    await assert.rejects(act(sessionId, {}), unprocessable('10004'));
    await assert.rejects(act(sessionId, { participants: ['Ann'] }), unprocessable('10006'));
    await assert.rejects(act(sessionId, { participants: 'Ann' }), unprocessable('10032'));
    await assert.rejects(act(randomUUID(), { participants: 'all' }), notFound);
  }
  await assert.rejects(() => sessions.actions.end(randomUUID()), notFound);
  await assert.rejects(() => sessions.retrieve(randomUUID()), notFound);
  await assert.rejects(() => client.roomParticipants.retrieve(randomUUID()), notFound);
  await assert.rejects(() => sessions.list0({ filter: { room_id: 'here' } }), unprocessable('10015'));

  const stranger = new Telnyx({ baseURL: server.baseURL, apiKey: makeApiKey() });
  const unauthenticated = failsWith(Telnyx.AuthenticationError, 401, { code: '10009' });
  for (const call of [
    () => stranger.rooms.sessions.list0(),
    () => stranger.roomParticipants.list(),
    () => stranger.rooms.sessions.actions.end(sessionId),
    () => stranger.rooms.sessions.actions.kick(sessionId, { participants: 'all' }),
  ]) {
    await assert.rejects(call, unauthenticated);
  }
  assert.deepEqual(await inside(sessionId), [ben.id, ann.id]);
});
