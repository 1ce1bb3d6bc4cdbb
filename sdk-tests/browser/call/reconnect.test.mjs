// Who loses the network comes back as somebody new, as the SDK has it. Nobody sees a ghost beside them, a full room
// has a place for them, and the meeting goes on.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterEach, test } from 'node:test';
import { startBrowser } from '../chromium.mjs';
import { setStage } from './stage.mjs';

const stage = setStage('call-reconnect', { sessions: { grace_secs: 60 } });
afterEach(() => stage.clear());

/** A client token refreshed from somebody's pair: another token of the same family. */
const refreshed = (room, { refresh_token }) => stage.refresh(room, refresh_token);

/** A way to the server's TLS port that can be cut: both ends are reset, without a word. */
async function cuttable(port) {
  const sockets = new Set();
  const way = createServer((socket) => {
    const onward = connect(port, '127.0.0.1');
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => {}).on('close', () => sockets.delete(end));
    }
    socket.pipe(onward).pipe(socket);
  });
  way.listen(0, '127.0.0.1');
  await once(way, 'listening');
  const cut = () => sockets.forEach((socket) => socket.resetAndDestroy());
  return { port: way.address().port, cut, close: () => way.close() };
}

/** Alice publishes in a browser of her own, in a room that holds two; Bob watches. */
async function meeting(browser, options = {}) {
  const room = await stage.makeRoom({ max_participants: 2 });
  const alice = await stage.join(room, 'alice', { browser, ...options });
  const bob = await stage.join(room, 'bob', options);
  await alice.publish();
  await bob.subscribe(alice);
  await bob.sees(alice);
  return { room, alice, bob };
}

/** Bob has seen Alice go before she came back, and sees nobody but her new self now. */
async function assertReturned(room, session, before, after, bob) {
  await bob.told('participant_left', before.id);
  await bob.told('participant_joined', after.id);
  const order = await bob.page.evaluate(() => cast.events.map(([event, id]) => `${event} ${id}`));
  assert.ok(order.indexOf(`participant_leaving ${before.id}`) < order.indexOf(`participant_joined ${after.id}`), order.join('\n'));
  const { people } = await bob.state();
  assert.deepEqual(people.map(({ id }) => id).sort(), [after.id, bob.id].sort());
  await after.publish();
  await bob.subscribe(after);
  await bob.sees(after);

  const now = await stage.session(room, 2);
  assert.equal(now.id, session.id, 'the meeting goes on');
  const left = now.participants.find(({ id }) => id === before.id);
  assert.ok(left.left_at, 'the old self has left');
  assert.equal(now.participants.length, 3);
}

for (const messages of [false, true]) {
  test(`the network is gone, and Alice comes back by another one${messages ? ', with messages' : ''}`, async (context) => {
    const browser = await startBrowser(stage.server);
    try {
      const { room, alice, bob } = await meeting(browser, { messages });
      const session = await stage.session(room, 2);
      const token = await refreshed(room, alice.tokens);
      const thaw = await browser.freeze();
      const begun = performance.now();
      const again = await stage.join(room, 'alice', { token, messages }).finally(thaw);
      const took = Math.round(performance.now() - begun);
      context.diagnostic(`back after ${took} ms`);
      await assertReturned(room, session, alice, again, bob);
      await alice.told('disconnected', 'session_terminated');
    } finally {
      await browser.close();
    }
  });
}

test('the WebSocket breaks: the application hears network_error and joins again at once', async () => {
  const way = await cuttable(stage.server.tlsPort);
  const browser = await startBrowser({ ...stage.server, tlsPort: way.port });
  try {
    const { room, alice, bob } = await meeting(browser);
    const session = await stage.session(room, 2);
    const token = await refreshed(room, alice.tokens);
    way.cut();
    await alice.told('disconnected', 'network_error');
    const again = await stage.join(room, 'alice', { token });
    await assertReturned(room, session, alice, again, bob);
  } finally {
    await browser.close();
    way.cut();
    way.close();
  }
});

test('a second tab with the same token stays, and the first one too', async () => {
  const room = await stage.makeRoom({ max_participants: 2 });
  const alice = await stage.join(room, 'alice');
  await alice.publish();
  const token = await refreshed(room, alice.tokens);
  const tab = await stage.join(room, 'alice', { token });
  await alice.told('participant_joined', tab.id);
  await tab.subscribe(alice);
  await tab.sees(alice);
  const { participants } = await stage.session(room, 2);
  assert.equal(participants.length, 2);
});
