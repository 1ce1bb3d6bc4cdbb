// Joining and leaving: what the ones inside are told of it, and what the newcomer finds.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setStage } from './stage.mjs';

const stage = setStage('call-join');
afterEach(() => stage.clear());

test('alone in a room', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice');
  const { status, people, streams } = await alice.state();
  assert.equal(status, 'connected');
  assert.deepEqual(people, [{ id: alice.id, context: alice.context, origin: 'local' }]);
  assert.deepEqual(streams, []);
  await alice.hears();
});

test('alone in a room, with messages', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice', { messages: true });
  assert.equal((await alice.state()).status, 'connected');
  await alice.do('sendMessage', { type: 'text', payload: 'anybody?' });
  await alice.told('message_received', alice.id, { type: 'text', payload: 'anybody?' });
});

test('two people are told of each other, context included', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice');
  const bob = await stage.join(room, 'bob');
  await alice.told('participant_joined', bob.id);
  const others = async (actor) => (await actor.state()).people.filter(({ origin }) => origin === 'remote');
  assert.deepEqual(await others(alice), [{ id: bob.id, context: bob.context, origin: 'remote' }]);
  assert.deepEqual(await others(bob), [{ id: alice.id, context: alice.context, origin: 'remote' }]);

  await bob.leave();
  await alice.told('participant_leaving', bob.id, null);
  await alice.told('participant_left', bob.id);
  assert.deepEqual(await others(alice), []);
  assert.equal((await alice.events('participant_joined')).length, 1);
  assert.equal((await alice.events('participant_left')).length, 1);
});

test('a page can leave and come back', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice');
  const bob = await stage.join(room, 'bob');
  await bob.leave();
  await alice.told('participant_left', bob.id);
  const earlier = bob.id;
  await bob.join(room);
  assert.notEqual(bob.id, earlier);
  await alice.told('participant_joined', bob.id);
  await bob.publish();
  await alice.subscribe(bob);
  await alice.sees(bob);
  await alice.hears(bob);
});
