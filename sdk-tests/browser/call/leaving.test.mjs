// However somebody goes, the others are told: at once where the connection ends, and else within 15 seconds.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { startBrowser } from '../chromium.mjs';
import { setStage } from './stage.mjs';

/** The promise of 15 s, and what a busy machine may add to it. */
const SILENT_MS = 20_000;
const AT_ONCE_MS = 3_000;

const stage = setStage('call-leaving');
afterEach(() => stage.clear());

/** Alice publishes, Bob watches. */
async function watching(options) {
  const room = await stage.makeRoom();
  const [alice, bob] = [await stage.join(room, 'alice', options), await stage.join(room, 'bob')];
  await alice.publish();
  await bob.subscribe(alice);
  await bob.sees(alice);
  return [alice, bob];
}

/** All of Alice is gone for Bob. */
async function assertGone(alice, bob, within) {
  const begun = performance.now();
  await bob.until('told that alice has left', async () => (await bob.events('participant_left')).length > 0, { within });
  const took = Math.round(performance.now() - begun);
  await bob.told('participant_leaving', alice.id, null);
  await bob.told('subscription_ended', alice.id, 'self');
  await bob.told('stream_unpublished', alice.id, 'self');
  assert.deepEqual(await bob.events('participant_left'), [[alice.id]]);
  const { people, streams, subscriptions } = await bob.state();
  assert.deepEqual([people.length, streams, subscriptions], [1, [], []]);
  await bob.hears();
  return took;
}

test('leaving while one publishes', async () => {
  const [alice, bob] = await watching();
  await alice.leave();
  await assertGone(alice, bob, AT_ONCE_MS);
});

test('the tab is closed', async () => {
  const [alice, bob] = await watching();
  await alice.page.close();
  await assertGone(alice, bob, AT_ONCE_MS);
});

test('the tab crashes', async (context) => {
  const [alice, bob] = await watching();
  const browser = await alice.page.context().newCDPSession(alice.page);
  browser.send('Page.crash').catch(() => {});
  const took = await assertGone(alice, bob, SILENT_MS);
  context.diagnostic(`told after ${took} ms`);
});

test('the network is gone, without a word', async (context) => {
  const browser = await startBrowser(stage.server);
  try {
    const [alice, bob] = await watching({ browser });
    const thaw = await browser.freeze();
    try {
      const took = await assertGone(alice, bob, SILENT_MS);
      context.diagnostic(`told after ${took} ms`);
    } finally {
      thaw();
    }
    await alice.told('disconnected');
  } finally {
    await browser.close();
  }
});

test('who is muted for long is not taken for dead', async () => {
  const room = await stage.makeRoom();
  const [alice, bob] = [await stage.join(room, 'alice'), await stage.join(room, 'bob')];
  await alice.publish({ video: false });
  await bob.hears(alice);
  await alice.update({ audio: false, video: false });
  await bob.hears();
  const silentSince = performance.now();
  await bob.until('a long silence', () => performance.now() - silentSince > 20_000, { within: 25_000, every: 500 });
  assert.deepEqual(await bob.events('participant_leaving'), []);
  await alice.update({ video: false });
  await bob.hears(alice);
});
