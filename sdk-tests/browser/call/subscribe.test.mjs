// Subscriptions: what flows is what was asked for, and can be changed without a new one.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setStage } from './stage.mjs';

const stage = setStage('call-subscribe');
afterEach(() => stage.clear());

/** Alice, who publishes, and Bob. */
async function publisherAndOther() {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice');
  const bob = await stage.join(room, 'bob');
  await alice.publish();
  return [alice, bob];
}

async function packets(bob, alice, kind) {
  const [report] = await bob.do('reports', alice.id, 'self', 'receivers', kind, 'inbound-rtp');
  return report?.packetsReceived ?? 0;
}

/** For a second, packets of that kind come. */
function flows(bob, alice, kind) {
  return bob.until(`${kind} flows`, async () => {
    const before = await packets(bob, alice, kind);
    return bob.until('more of it', async () => (await packets(bob, alice, kind)) > before + 5).catch(() => false);
  });
}

/** For a whole second, none comes. */
async function rests(bob, alice, kind) {
  let count = -1;
  let since;
  await bob.until(`${kind} rests`, async () => {
    const now = await packets(bob, alice, kind);
    if (now !== count) since = performance.now();
    count = now;
    return performance.now() - since > 1_000;
  });
}

test('pictures can be switched off and on, the voice too', async () => {
  const [alice, bob] = await publisherAndOther();
  await bob.subscribe(alice);
  await bob.sees(alice);
  await flows(bob, alice, 'audio');

  await bob.do('updateSubscription', alice.id, 'self', { audio: true, video: false });
  await bob.seesNothingOf(alice);
  await rests(bob, alice, 'video');
  await flows(bob, alice, 'audio');
  await bob.do('updateSubscription', alice.id, 'self', { audio: false, video: true });
  await bob.sees(alice);
  await rests(bob, alice, 'audio');
  await bob.do('updateSubscription', alice.id, 'self', { audio: true, video: true });
  await flows(bob, alice, 'audio');
  await bob.sees(alice);
});

test('the voice alone, then pictures', async () => {
  const [alice, bob] = await publisherAndOther();
  await bob.subscribe(alice, { video: false });
  await flows(bob, alice, 'audio');
  assert.equal(await packets(bob, alice, 'video'), 0);
  await bob.do('updateSubscription', alice.id, 'self', { audio: true, video: true });
  await bob.sees(alice);
});

test('pictures alone', async () => {
  const [alice, bob] = await publisherAndOther();
  await bob.subscribe(alice, { audio: false });
  await bob.sees(alice);
  assert.equal(await packets(bob, alice, 'audio'), 0);
});

test('a subscription that was dropped earlier does not keep the stream from ending', async () => {
  const [alice, bob] = await publisherAndOther();
  await bob.subscribe(alice);
  await bob.sees(alice);
  await bob.do('removeSubscription', alice.id, 'self');
  // The SDK detaches the same handle once more, and tells nothing before that is answered.
  await alice.do('removeStream', 'self');
  await bob.told('stream_unpublished', alice.id, 'self');
  await alice.leave();
  await bob.told('participant_left', alice.id);
});

test('one can subscribe to oneself, and to several streams at once', async () => {
  const [alice, bob] = await publisherAndOther();
  await bob.publish();
  await Promise.all([bob.subscribe(alice), bob.subscribe(bob)]);
  await bob.sees(alice);
  await bob.sees(bob);
});

test('late in the room, everything is there, and pictures come soon', async () => {
  const [alice, bob] = await publisherAndOther();
  await bob.subscribe(alice);
  await bob.sees(alice);
  const carol = await stage.enter('carol');
  await carol.join(bob.room);
  const { people, streams } = await carol.state();
  assert.deepEqual(people.map(({ id }) => id).sort(), [alice.id, bob.id, carol.id].sort());
  assert.deepEqual(streams.map(({ participantId, key }) => [participantId, key]), [[alice.id, 'self']]);
  await carol.subscribe(alice);
  await carol.sees(alice, { within: 5_000 });
  await carol.hears(alice);
});
