// The vendor's browser SDK opens a session with a good token, swaps tokens, and is closed when it has to be.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { until } from '../lib/wait.mjs';
import { startBrowser } from './chromium.mjs';
import { backEnd } from './rest.mjs';
import { disconnections, outcome, startInitialize, updateClientToken } from './sdk.mjs';
import { ofKind, refusal } from './socket.mjs';

const CLOSE_LIMIT_MS = 2_000;

let server;
let browser;
let rest;
before(async () => {
  server = await startServer('browser-session');
  browser = await startBrowser(server);
  rest = backEnd(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A page whose SDK has initialized a room with a fresh pair of tokens. */
async function session(ttls) {
  const room = await rest.makeRoom();
  const tokens = await rest.makeTokens(room, ttls);
  const { page, socket } = await browser.openPage();
  await startInitialize(page, room, tokens.token);
  const { state, value } = await outcome(page);
  assert.deepEqual({ state, value }, { state: 'fulfilled', value: 'initialized' });
  return { room, tokens, page, socket };
}

test('initialize() succeeds with a good token', async () => {
  const { room, tokens, socket } = await session();
  assert.equal(socket.url, `wss://video.telnyx.com/${room}/janus`);
  assert.equal(socket.sent[0].frame.janus, 'create');
  assert.equal(socket.sent[0].frame.client_token, tokens.token);
  const { janus, transaction, data } = socket.received[0].frame;
  assert.equal(janus, 'success');
  assert.equal(transaction, socket.sent[0].frame.transaction);
  assert.ok(Number.isSafeInteger(data.id) && data.id > 0, `session id ${data.id}`);
});

test('disconnect() ends in a close with code 1000', async () => {
  const { page, socket } = await session();
  await page.evaluate(() => room.disconnect());
  await until('the WebSocket closed', () => socket.closeCode, { within: CLOSE_LIMIT_MS });
  assert.equal(socket.closeCode, 1000);
  assert.deepEqual(await disconnections(page), ['user_initiated']);
});

test('a token swapped in time keeps the session past the end of the first one', async () => {
  const { room, tokens, page, socket } = await session({ token_ttl_secs: 10 });
  const fresh = await rest.refresh(room, tokens.refresh_token);
  await updateClientToken(page, fresh);
  const swap = ofKind(socket.sent, 'keepalive').find(({ frame }) => frame.client_token === fresh);
  assert.ok(swap, 'the new token went out in a keepalive');
  const expiry = Date.parse(tokens.token_expires_at);
  const acksSince = (time) => ofKind(socket.received, 'ack').filter(({ at }) => performance.timeOrigin + at > time);
  await until('an ack after the first token ran out', () => acksSince(expiry + 1_000).length > 0, { within: 20_000 });
  assert.equal(socket.closeCode, undefined);
  assert.equal(refusal(socket), undefined);
});

test('a token that runs out ends the session with 401 and close code 4000', async () => {
  const { tokens, page, socket } = await session({ token_ttl_secs: 10 });
  await until('the WebSocket closed', () => socket.closeCode, { within: 15_000 });
  const late = performance.timeOrigin + socket.closedAt - Date.parse(tokens.token_expires_at);
  assert.ok(late > -1_000 && late < CLOSE_LIMIT_MS, `closed ${late} ms after the token's end`);
  assert.equal(refusal(socket), 401);
  assert.equal(socket.closeCode, 4000);
  assert.deepEqual(await disconnections(page), ['session_terminated']);
});

test('deleting the room closes its session', async (context) => {
  const { room, socket, page } = await session();
  const deletedAt = performance.now();
  await rest.deleteRoom(room);
  await until('the WebSocket closed', () => socket.closeCode, { within: CLOSE_LIMIT_MS });
  context.diagnostic(`close code ${socket.closeCode} after ${Math.round(socket.closedAt - deletedAt)} ms`);
  assert.ok([1000, 4000].includes(socket.closeCode), `close code ${socket.closeCode}`);
  const reason = socket.closeCode === 1000 ? 'user_initiated' : 'session_terminated';
  assert.deepEqual(await disconnections(page), [reason]);
});
