// Webhook deliveries through the Node SDK, with a receiver that says no before it says yes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Telnyx from 'telnyx';
import { failsWith, MICROSECONDS } from '../lib/expect.mjs';
import { join } from '../lib/guest.mjs';
import { startReceiver } from '../lib/receiver.mjs';
import { startServer } from '../lib/server.mjs';
import { until } from '../lib/wait.mjs';

let server;
let client;
let receiver;
let guest;
let roomId;
before(async () => {
  server = await startServer('node-webhook-deliveries');
  client = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
  receiver = await startReceiver();
});
after(async () => {
  await guest?.leave();
  await server.stop();
  receiver.close();
});

async function all(query) {
  const items = [];
  for await (const item of client.webhookDeliveries.list(query)) items.push(item);
  return items;
}

test('what a room tells is listed and shown', async () => {
  receiver.answerWith(503);
  ({ id: roomId } = (await client.rooms.create({ webhook_event_url: receiver.url })).data);
  guest = await join(server, client, roomId, 'Ann');
  const delivered = { filter: { status: { eq: 'delivered' } } };
  const listed = await until('both are delivered', async () => {
    const items = await all(delivered);
    return items.length === 2 && items;
  }, { within: 30_000 });
  assert.deepEqual(listed.map(({ webhook }) => webhook.event_type), [
    'video.room.participant.joined',
    'video.room.session.started',
  ]);

  const { data: first } = await client.webhookDeliveries.retrieve(listed[1].id);
  const { attempts, ...plain } = first;
  assert.deepEqual(plain, listed[1]);
  assert.equal(first.record_type, 'webhook_delivery');
  assert.equal(first.status, 'delivered');
  assert.match(first.started_at, MICROSECONDS);
  assert.match(first.finished_at, MICROSECONDS);
  const [sent] = receiver.received;
  assert.deepEqual(first.webhook, JSON.parse(sent.body).data);
  assert.deepEqual(attempts.map(({ status, errors, http }) => [status, errors, http.response.status]), [
    ['delivered', [], 200],
    ['failed', [503], 503],
  ]);
  assert.ok(attempts.every(({ http }) => receiver.url.startsWith(http.request.url.replace(/\/$/, ''))));
});

test('lists are narrowed and paged', async () => {
  const types = async (filter) => (await all({ filter })).map(({ webhook }) => webhook.event_type.split('.').pop());
  assert.deepEqual(await types({ event_type: 'video.room.session.started' }), ['started']);
  assert.deepEqual(await types({ status: { eq: 'failed' } }), []);
  assert.deepEqual(await types({ room_id: roomId }), ['joined', 'started']);
  assert.equal((await all({ page_size: 1 })).length, 2, 'from page to page');
  await assert.rejects(
    all({ filter: { status: { eq: 'lost' } } }),
    failsWith(Telnyx.UnprocessableEntityError, 422, { code: '10015', parameter: 'filter[status][eq]' }),
  );
});

test('an event is sent again', async () => {
  const [{ id }] = await all();
  const before = receiver.received.length;
  const { data } = await client.post(`/webhook_deliveries/${id}/actions/replay`);
  assert.equal(data.status, 'pending');
  const received = await receiver.has(before + 1);
  assert.equal(JSON.parse(received.at(-1).body).data.id, id);
  const shown = async () => (await client.webhookDeliveries.retrieve(id)).data;
  await until('it is delivered', async () => (await shown()).status === 'delivered');
  assert.equal((await shown()).attempts.length, 2);
});

test('what is not there, and without a key', async () => {
  const [{ id }] = await all();
  await assert.rejects(
    client.webhookDeliveries.retrieve('00000000-0000-4000-8000-000000000000'),
    failsWith(Telnyx.NotFoundError, 404, { code: '10005' }),
  );
  const nobody = new Telnyx({ baseURL: server.baseURL, apiKey: 'KEY_nobodys_0123456789', maxRetries: 0 });
  await assert.rejects(
    nobody.webhookDeliveries.retrieve(id),
    failsWith(Telnyx.AuthenticationError, 401, { code: '10009' }),
  );
});
