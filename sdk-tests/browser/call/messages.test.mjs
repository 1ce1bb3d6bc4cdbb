// Messages: to all, to some, to somebody who is gone.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setStage } from './stage.mjs';

const stage = setStage('call-messages');
afterEach(() => stage.clear());

const text = (payload) => ({ type: 'text', payload, meta: { n: 1 } });

async function three() {
  const room = await stage.makeRoom();
  const people = [];
  for (const name of ['alice', 'bob', 'carol']) people.push(await stage.join(room, name, { messages: true }));
  return people;
}

test('to all: everybody gets it once, the sender too', async () => {
  const people = await three();
  const [alice, bob] = people;
  const message = text('to all: "é" 漢 \u{1F600}');
  await alice.do('sendMessage', message);
  for (const person of people) await person.told('message_received', alice.id, message);
  // What comes later is proof that nothing came twice before.
  await bob.do('sendMessage', text('last'));
  for (const person of people) {
    await person.told('message_received', bob.id, text('last'));
    assert.equal((await person.events('message_received')).length, 2, person.name);
  }
});

test('to one: nobody else gets it, not even the sender', async () => {
  const people = await three();
  const [alice, bob, carol] = people;
  await alice.do('sendMessage', text('for bob'), [bob.id]);
  await bob.told('message_received', alice.id, text('for bob'), [bob.id]);
  await carol.do('sendMessage', text('last'));
  for (const person of people) await person.told('message_received', carol.id, text('last'));
  assert.deepEqual(
    await Promise.all(people.map(async (person) => (await person.events('message_received')).length)),
    [1, 2, 1],
  );
});

test('many messages arrive, in order', async () => {
  const [alice, bob] = await three();
  const COUNT = 100;
  await Promise.all(Array.from({ length: COUNT }, (_, at) => alice.do('sendMessage', text(at))));
  await bob.until('has all of them', async () => (await bob.events('message_received')).length === COUNT);
  const payloads = (await bob.events('message_received')).map(([, { payload }]) => payload);
  assert.deepEqual(payloads, Array.from({ length: COUNT }, (_, at) => at));
});

test('to somebody who has left: the sender is answered all the same', async () => {
  const [alice, bob] = await three();
  await bob.leave();
  await alice.told('participant_left', bob.id);
  await alice.do('sendMessage', text('are you there?'), [bob.id]);
});

test('to somebody without messages: the sender is answered all the same', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice', { messages: true });
  const bob = await stage.join(room, 'bob');
  await alice.told('participant_joined', bob.id);
  await alice.do('sendMessage', text('do you read?'), [bob.id]);
  assert.deepEqual(await bob.events('message_received'), []);
});

test('a newcomer gets nothing of what was said before', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice', { messages: true });
  await alice.do('sendMessage', text('early'));
  await alice.told('message_received', alice.id, text('early'));
  const bob = await stage.join(room, 'bob', { messages: true });
  await alice.do('sendMessage', text('later'));
  await bob.told('message_received', alice.id, text('later'));
  assert.equal((await bob.events('message_received')).length, 1);
});
