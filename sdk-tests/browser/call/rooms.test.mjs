// Rooms that are full, rooms that are deleted, and rooms with much coming and going.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../../lib/wait.mjs';
import { refusal } from '../socket.mjs';
import { setStage } from './stage.mjs';

const AT_ONCE_MS = 5_000;
const ROUNDS = 20;

const stage = setStage('call-rooms', { sessions: { grace_secs: 0 } });
afterEach(() => stage.clear());

/** Starts to join, without waiting for what comes of it: the SDK notices a refusal only after half a minute. */
async function tryToJoin(room, name) {
  const actor = await stage.enter(name);
  actor.outcome = actor.join(room).then(
    () => 'in',
    () => 'out',
  );
  return actor;
}

const isRefused = ({ socket }) => socket.closeCode === 4000 && refusal(socket) === 403;

test('a full room refuses, until somebody leaves', async () => {
  const room = await stage.makeRoom({ max_participants: 2 });
  const [alice, bob] = [await stage.join(room, 'alice'), await stage.join(room, 'bob')];
  const carol = await tryToJoin(room, 'carol');
  await until('carol is refused', () => isRefused(carol), { within: AT_ONCE_MS });
  assert.equal((await alice.events('participant_joined')).length, 1, 'nobody heard of her');

  await bob.leave();
  await alice.told('participant_left', bob.id);
  const dave = await stage.join(room, 'dave');
  await alice.told('participant_joined', dave.id);
});

test('of many who come at once, as many get in as there is room', async () => {
  const room = await stage.makeRoom({ max_participants: 2 });
  const names = ['alice', 'bob', 'carol', 'dave'];
  const people = await Promise.all(names.map((name) => tryToJoin(room, name)));
  const inside = [];
  for (const person of people) person.outcome.then((outcome) => outcome === 'in' && inside.push(person));
  await until('all have their answer', () => inside.length + people.filter(isRefused).length === people.length, {
    within: 20_000,
  });
  assert.equal(inside.length, 2);
});

test('when the room is deleted, everybody is out, and nobody comes in', async () => {
  const room = await stage.makeRoom();
  const [alice, bob] = [await stage.join(room, 'alice'), await stage.join(room, 'bob')];
  const spare = await stage.makeTokens(room);
  await alice.publish();
  await bob.subscribe(alice);
  await bob.sees(alice);
  const seen = await bob.watch(alice);
  await stage.deleteRoom(room);
  for (const person of [alice, bob]) await person.told('disconnected', 'session_terminated');
  await bob.seesNothingOf(alice, { seen });

  const carol = await stage.enter('carol');
  carol.outcome = carol.join(room, { token: spare.token }).catch(() => 'out');
  await until('carol is refused', () => isRefused(carol), { within: AT_ONCE_MS });
});

test(`${ROUNDS} joins and leaves leave nothing behind`, async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice', { messages: true });
  // Media threads report what they hold from time to time: Alice has a leg in the mix, and a data channel.
  const before = await until('her media are counted', async () => {
    const open = await openThings();
    const has = (expected) => open.some((line) => expected.test(line));
    return has(/^greenroom_mixer_legs\{.*\} 1$/) && has(/^greenroom_media_connections\{.*\} 2$/) && open;
  });
  const bob = await stage.enter('bob');
  for (let round = 1; round <= ROUNDS; round += 1) {
    await bob.join(room, { messages: true });
    await bob.publish();
    await alice.told('stream_published', bob.id, 'self');
    await bob.leave();
    await alice.told('participant_left', bob.id);
  }
  const { people, streams } = await alice.state();
  assert.deepEqual([people.length, streams], [1, []]);
  for (const event of ['participant_joined', 'participant_left', 'stream_published', 'stream_unpublished']) {
    assert.equal((await alice.events(event)).length, ROUNDS, event);
  }
  let now;
  const isAsBefore = async () => {
    now = await openThings();
    return now.join() === before.join();
  };
  // The SDK leaves its peer connections open; the browser gives them up after some 20 s without an answer.
  await until('all is as before', isAsBefore, { within: 40_000, every: 200 }).catch(() => assert.deepEqual(now, before));

  const carol = await stage.join(room, 'carol', { messages: true });
  assert.deepEqual((await carol.state()).people.map(({ id }) => id).sort(), [alice.id, carol.id].sort());
  await carol.publish();
  await alice.subscribe(carol);
  await alice.sees(carol);
  await alice.hears(carol);
});

/** What the server says is open, by its gauges; how busy it is is another matter. */
async function openThings() {
  const text = await (await fetch(`${stage.server.http}/metrics`)).text();
  const gauges = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
  const values = text.matchAll(/^([a-z_]+)(?:\{[^}]*\})? (\S+)$/gm);
  const open = [...values].filter(([, name]) => gauges.includes(name) && !name.endsWith('_ratio')).map(([line]) => line);
  assert.ok(open.length > 0, 'no gauge');
  return open;
}
