// Rooms through the Node SDK: create, retrieve, list, update, delete, and what each answer holds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Telnyx from 'telnyx';
import { MICROSECONDS, UUID } from '../lib/expect.mjs';
import { journal } from '../lib/record.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let client;
before(async () => {
  server = await startServer('node-rooms');
  client = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
});
after(() => server.stop());

test('a room made with every field comes back with every field', async () => {
  const wanted = {
    unique_name: 'Weekly stand-up (München)',
    max_participants: 50,
    enable_recording: true,
    webhook_event_url: 'https://example.com/hook?a=1',
    webhook_event_failover_url: 'https://example.org/failover',
    webhook_timeout_secs: 30,
  };
  const { data: room } = await client.rooms.create(wanted);
  assert.equal(journal.at(-1).status, 201);
  assert.match(room.id, UUID);
  assert.equal(room.record_type, 'room');
  assert.equal(room.active_session_id, null);
  assert.match(room.created_at, MICROSECONDS);
  assert.match(room.updated_at, MICROSECONDS);
  assert.equal('sessions' in room, false);
  for (const [field, value] of Object.entries(wanted)) assert.equal(room[field], value, field);
  assert.deepEqual((await client.rooms.retrieve(room.id)).data, room);
});

test('create() without an argument sends zero bytes and gets the defaults', async () => {
  const { data: room } = await client.rooms.create();
  assert.equal(room.max_participants, 10);
  assert.equal(room.enable_recording, false);
  assert.equal(room.webhook_event_failover_url, '');
  assert.equal(room.webhook_timeout_secs, null);
});

test('numbers and booleans may be strings, unknown fields are ignored', async () => {
  const { data: room } = await client.rooms.create({
    max_participants: '12',
    enable_recording: 'true',
    webhook_timeout_secs: '7',
    max_participant: 3,
  });
  assert.equal(room.max_participants, 12);
  assert.equal(room.enable_recording, true);
  assert.equal(room.webhook_timeout_secs, 7);
});

test('an empty or null failover URL and a null timeout are accepted', async () => {
  for (const webhook_event_failover_url of ['', null]) {
    const { data: room } = await client.rooms.create({ webhook_event_failover_url, webhook_timeout_secs: null });
    assert.ok(['', null].includes(room.webhook_event_failover_url));
    assert.equal(room.webhook_timeout_secs, null);
  }
});

test('update changes what is given, keeps what is absent, clears what is null', async () => {
  const { data: made } = await client.rooms.create({
    unique_name: 'before',
    max_participants: 20,
    enable_recording: true,
    webhook_event_url: 'https://example.com/hook',
    webhook_timeout_secs: 9,
  });
  const { data: renamed } = await client.rooms.update(made.id, { unique_name: 'after' });
  assert.equal(journal.at(-1).status, 200);
  assert.deepEqual({ ...renamed, updated_at: null }, { ...made, unique_name: 'after', updated_at: null });
  assert.ok(renamed.updated_at > made.updated_at);
  assert.equal(renamed.created_at, made.created_at);

  const { data: cleared } = await client.rooms.update(made.id, { webhook_timeout_secs: null });
  assert.equal(cleared.webhook_timeout_secs, null);
  assert.equal(cleared.unique_name, 'after');
  assert.deepEqual((await client.rooms.retrieve(made.id)).data, cleared);
});

test('delete answers 204 without a body, and the room is gone', async () => {
  const { data: room } = await client.rooms.create({ unique_name: 'short-lived' });
  assert.equal(await client.rooms.delete(room.id), null);
  assert.equal(journal.at(-1).status, 204);
  await assert.rejects(() => client.rooms.retrieve(room.id), Telnyx.NotFoundError);
  await assert.rejects(() => client.rooms.delete(room.id), Telnyx.NotFoundError);
  const { data: next } = await client.rooms.create({ unique_name: 'short-lived' });
  assert.notEqual(next.id, room.id);
});

test('include_sessions adds the sessions to retrieve and list', async () => {
  const { data: made } = await client.rooms.create({ unique_name: 'with sessions' });
  const { data: room } = await client.rooms.retrieve(made.id, { include_sessions: true });
  assert.deepEqual(room.sessions, []);
  const filter = { unique_name: 'with sessions' };
  const included = await client.rooms.list({ filter, include_sessions: true });
  assert.deepEqual(included.data[0].sessions, []);
  const left_out = await client.rooms.list({ filter, include_sessions: false });
  assert.equal('sessions' in left_out.data[0], false);
});
