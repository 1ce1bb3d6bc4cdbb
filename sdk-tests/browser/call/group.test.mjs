// Three and four people: everybody sees everybody, and hears all but oneself.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setStage } from './stage.mjs';

const NAMES = ['alice', 'bob', 'carol', 'dave'];
const stage = setStage('call-group');
afterEach(() => stage.clear());

/** Joins that many people, who publish, and subscribe to each other. */
async function gather(count) {
  const room = await stage.makeRoom();
  const people = [];
  for (const name of NAMES.slice(0, count)) people.push(await stage.join(room, name));
  await Promise.all(people.map((person) => person.publish()));
  const pairs = people.flatMap((one) => people.filter((other) => other !== one).map((other) => [one, other]));
  await Promise.all(pairs.map(([one, other]) => one.subscribe(other)));
  return { people, pairs };
}

for (const count of [3, 4]) {
  test(`${count} people see and hear each other`, async () => {
    const { people, pairs } = await gather(count);
    await Promise.all(pairs.map(([one, other]) => one.sees(other, { within: 30_000 })));
    for (const one of people) await one.hears(...people.filter((other) => other !== one));

    const [first, second, ...rest] = people;
    await first.leave();
    for (const one of [second, ...rest]) {
      await one.told('participant_left', first.id);
      await one.hears(...people.filter((other) => other !== one && other !== first));
      assert.equal((await one.state()).people.length, count - 1);
    }
  });
}

test('one publishes and two watch', async () => {
  const room = await stage.makeRoom();
  const [alice, bob, carol] = [
    await stage.join(room, 'alice'),
    await stage.join(room, 'bob'),
    await stage.join(room, 'carol'),
  ];
  await alice.publish();
  await Promise.all([bob.subscribe(alice), carol.subscribe(alice)]);
  await Promise.all([bob.sees(alice), carol.sees(alice)]);
  await bob.hears(alice);
  await carol.hears(alice);
  await alice.hears();
});
