// Webhooks of a real meeting, verified with the vendor's server SDK.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { MICROSECONDS, UUID } from '../../lib/expect.mjs';
import { startReceiver } from '../../lib/receiver.mjs';
import { runCommand } from '../../lib/server.mjs';
import { setStage } from './stage.mjs';

const stage = setStage('call-webhooks', { sessions: { grace_secs: 1 } });
afterEach(() => stage.clear());

/** A receiver of the test's own: what an earlier one has to tell comes late. */
async function receiving(context) {
  const receiver = await startReceiver();
  context.after(() => receiver.close());
  return receiver;
}

/** As an operator gets it for TELNYX_PUBLIC_KEY. */
const publicKey = () => runCommand(stage.server, 'webhooks', 'public-key');

function unwrap({ body, headers }) {
  return stage.telnyx.webhooks.unwrap(body, { headers, key: publicKey() });
}

test('a meeting, told from its first join to its end', async (context) => {
  const receiver = await receiving(context);
  const room = await stage.makeRoom({ webhook_event_url: `${receiver.url}/hook?a=1` });
  const alice = await stage.join(room, 'alice');
  const session = await stage.session(room);
  const bob = await stage.join(room, 'bob');
  await stage.session(room, 2);
  await stage.telnyx.rooms.sessions.actions.kick(session.id, { participants: [bob.id] });
  await alice.told('participant_left', bob.id);
  await alice.leave();

  const deliveries = await receiver.has(6);
  const events = [];
  for (const delivery of deliveries) {
    const { data, meta } = await unwrap(delivery);
    assert.deepEqual(meta, { attempt: 1, delivered_to: `${receiver.url}/hook?a=1` });
    assert.equal(data.record_type, 'event');
    assert.match(data.id, UUID);
    assert.match(data.occurred_at, MICROSECONDS);
    assert.deepEqual([data.payload.room_id, data.payload.session_id], [room, session.id]);
    assert.deepEqual([delivery.method, delivery.path], ['POST', '/hook?a=1']);
    assert.match(delivery.headers['content-type'], /^application\/json/);
    events.push(data);
  }
  assert.equal(new Set(events.map(({ id }) => id)).size, 6);
  const told = events.map(({ event_type, payload }) => {
    const { session_id, room_id, duration_secs, ...rest } = payload;
    assert.ok(duration_secs === undefined || Number.isInteger(duration_secs));
    return [event_type.replace('video.room.', ''), rest];
  });
  const [byAlice, byBob] = [alice, bob].map(({ id, context }) => ({ participant_id: id, context }));
  assert.deepEqual(told, [
    ['session.started', {}],
    ['participant.joined', byAlice],
    ['participant.joined', byBob],
    ['participant.left', { ...byBob, left_reason: 'kicked' }],
    ['participant.left', { ...byAlice, left_reason: 'left' }],
    ['session.ended', { ended_reason: 'empty' }],
  ]);
});

test('nobody else could have sent it', async (context) => {
  const receiver = await receiving(context);
  const room = await stage.makeRoom({ webhook_event_url: receiver.url });
  await stage.join(room, 'alice');
  const [delivery] = await receiver.has(1);
  await unwrap(delivery);
  const forged = { ...delivery, body: delivery.body.replace('started', 'ended') };
  await assert.rejects(unwrap(forged));
});

test('what is not taken goes to the failover, and comes again', async (context) => {
  const [receiver, failover] = [await receiving(context), await receiving(context)];
  receiver.answerWith(500);
  failover.answerWith(500);
  const room = await stage.makeRoom({
    webhook_event_url: receiver.url,
    webhook_event_failover_url: `${failover.url}/failover`,
  });
  await stage.join(room, 'alice');

  const deliveries = await receiver.has(3);
  const [first, again, next] = await Promise.all(deliveries.map(unwrap));
  assert.deepEqual([first.meta.attempt, again.meta.attempt, next.meta.attempt], [1, 2, 1]);
  assert.deepEqual(again.data, first.data, 'the same event with the same id');
  assert.deepEqual(
    [first.data.event_type, next.data.event_type],
    ['video.room.session.started', 'video.room.participant.joined'],
  );
  const [standIn] = await Promise.all(failover.received.map(unwrap));
  assert.deepEqual([standIn.data, standIn.meta.attempt], [first.data, 1]);
  assert.equal(standIn.meta.delivered_to, `${failover.url}/failover`);
  assert.equal(failover.received.length, 1);
});
