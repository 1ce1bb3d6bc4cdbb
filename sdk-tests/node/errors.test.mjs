// Each refusal reaches the application as the SDK's own error class, with the body that the documentation promises.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import Telnyx from 'telnyx';
import { assertErrorBody, failsWith } from '../lib/expect.mjs';
import { forge } from '../lib/jwt.mjs';
import { makeApiKey, startServer } from '../lib/server.mjs';

let server;
let client;
let room;
let pair;
before(async () => {
  server = await startServer('node-errors');
  client = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
  ({ data: room } = await client.rooms.create({ unique_name: 'taken' }));
  ({ data: pair } = await client.rooms.actions.generateJoinClientToken(room.id));
});
after(() => server.stop());

const unauthenticated = failsWith(Telnyx.AuthenticationError, 401, { code: '10009' });
const notFound = failsWith(Telnyx.NotFoundError, 404, { code: '10005' });
const invalidRoom = failsWith(Telnyx.PermissionDeniedError, 403, { code: '65001' });
const refreshRefused = failsWith(Telnyx.PermissionDeniedError, 403, { code: '10010' });

test('401: a wrong key, on every operation that needs one', async () => {
  const stranger = new Telnyx({ baseURL: server.baseURL, apiKey: makeApiKey() });
  for (const call of [
    () => stranger.rooms.list(),
    () => stranger.rooms.create({}),
    () => stranger.rooms.retrieve(room.id),
    () => stranger.rooms.update(room.id, {}),
    () => stranger.rooms.delete(room.id),
    () => stranger.rooms.actions.generateJoinClientToken(room.id),
  ]) {
    await assert.rejects(call, unauthenticated);
  }
});

test('403: a client token for a room that is unknown or no room id', async () => {
  for (const id of [randomUUID(), 'not-a-uuid']) {
    await assert.rejects(() => client.rooms.actions.generateJoinClientToken(id), invalidRoom);
  }
});

test('403: a refresh with anything wrong about the token or the room, and one answer for all of it', async () => {
  const { data: other } = await client.rooms.create();
  const bodies = new Set();
  for (const [id, refresh_token] of [
    [room.id, 'not a token'],
    [room.id, pair.token],
    [room.id, forge(pair.refresh_token)],
    [other.id, pair.refresh_token],
    [randomUUID(), pair.refresh_token],
    ['not-a-uuid', pair.refresh_token],
  ]) {
    await assert.rejects(
      () => client.rooms.actions.refreshClientToken(id, { refresh_token }),
      (error) => bodies.add(JSON.stringify(error.error)) && refreshRefused(error),
    );
  }
  assert.equal(bodies.size, 1);
});

test('403: a refresh after the room was deleted', async () => {
  const { data: doomed } = await client.rooms.create();
  const { data: tokens } = await client.rooms.actions.generateJoinClientToken(doomed.id);
  await client.rooms.delete(doomed.id);
  await assert.rejects(
    () => client.rooms.actions.refreshClientToken(doomed.id, { refresh_token: tokens.refresh_token }),
    refreshRefused,
  );
});

test('404: a room that is not there', async () => {
  const id = randomUUID();
  await assert.rejects(() => client.rooms.retrieve(id), notFound);
  await assert.rejects(() => client.rooms.update(id, {}), notFound);
  await assert.rejects(() => client.rooms.delete(id), notFound);
});

for (const [what, call, expected] of [
  ['a name that is taken', () => client.rooms.create({ unique_name: 'taken' }), { code: '10012', pointer: '/unique_name' }],
  ['too few participants', () => client.rooms.create({ max_participants: 1 }), { pointer: '/max_participants' }],
  ['too many participants', () => client.rooms.create({ max_participants: 51 }), { pointer: '/max_participants' }],
  ['a number that is none', () => client.rooms.create({ max_participants: 'many' }), { pointer: '/max_participants' }],
  ['a boolean that is none', () => client.rooms.create({ enable_recording: 'maybe' }), { pointer: '/enable_recording' }],
  ['a URL without a scheme', () => client.rooms.create({ webhook_event_url: 'example.com' }), { pointer: '/webhook_event_url' }],
  ['a webhook timeout over 30', () => client.rooms.create({ webhook_timeout_secs: 31 }), { pointer: '/webhook_timeout_secs' }],
  ['an update out of range', () => client.rooms.update(room.id, { max_participants: 51 }), { pointer: '/max_participants' }],
  ['a client token life of 9', () => generate({ token_ttl_secs: 9 }), { pointer: '/token_ttl_secs' }],
  ['a client token life of 3601', () => generate({ token_ttl_secs: 3601 }), { pointer: '/token_ttl_secs' }],
  ['a refresh token life of 59', () => generate({ refresh_token_ttl_secs: 59 }), { pointer: '/refresh_token_ttl_secs' }],
  ['a refresh token life of 86401', () => generate({ refresh_token_ttl_secs: 86401 }), { pointer: '/refresh_token_ttl_secs' }],
  ['a refresh without its token', () => client.rooms.actions.refreshClientToken(room.id, {}), { pointer: '/refresh_token' }],
  ['a refreshed life of 3601', () => client.rooms.actions.refreshClientToken(room.id, { refresh_token: pair.refresh_token, token_ttl_secs: 3601 }), { pointer: '/token_ttl_secs' }],
]) {
  test(`422: ${what}`, async () => {
    await assert.rejects(call, (error) =>
      failsWith(Telnyx.UnprocessableEntityError, 422, { code: error.error?.code, ...expected })(error),
    );
  });
}

function generate(body) {
  return client.rooms.actions.generateJoinClientToken(room.id, body);
}

for (const [what, path, init, status] of [
  ['an unknown path', '/nowhere', {}, 404],
  ['a method that the path does not have', '/rooms', { method: 'PUT', body: '{}' }, 405],
  ['a body that is no JSON', '/rooms', { method: 'POST', body: '{"unique_name":' }, 422],
  ['a body that is no object', '/rooms', { method: 'POST', body: '[]' }, 422],
  ['a body of another type', '/rooms', { method: 'POST', body: 'a=b', headers: { 'content-type': 'text/plain' } }, 415],
  ['a body that is too long', '/rooms', { method: 'POST', body: JSON.stringify({ unique_name: 'x'.repeat(1e6) }) }, 413],
]) {
  test(`${status}: ${what} is answered in JSON, with a request id`, async () => {
    const headers = { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json', ...init.headers };
    const response = await fetch(`${server.baseURL}${path}`, { ...init, headers });
    assert.equal(response.status, status);
    assert.match(response.headers.get('content-type'), /^application\/json\b/);
    assert.ok(response.headers.get('x-request-id'));
    const body = await response.json();
    assertErrorBody(body, { code: body.code });
  });
}
