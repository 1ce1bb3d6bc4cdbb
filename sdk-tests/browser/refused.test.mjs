// Tokens that do not open the door. On the wire the refusal comes at once; the SDK itself gives up after 30 s,
// which is its only way to notice, so the four cases run side by side.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { forge } from '../lib/jwt.mjs';
import { startServer } from '../lib/server.mjs';
import { until } from '../lib/wait.mjs';
import { startBrowser } from './chromium.mjs';
import { backEnd } from './rest.mjs';
import { outcome, startInitialize } from './sdk.mjs';
import { refusal } from './socket.mjs';

const AT_ONCE_MS = 5_000;
const SDK_LIMIT_MS = 30_000;

let server;
let browser;
let rest;
before(async () => {
  server = await startServer('browser-refused');
  browser = await startBrowser(server);
  rest = backEnd(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function expiredToken(room) {
  const { token, token_expires_at } = await rest.makeTokens(room, { token_ttl_secs: 10 });
  await until('the token ran out', () => Date.now() > Date.parse(token_expires_at), { within: 12_000 });
  return token;
}

const CASES = [
  ['an expired token', 401, expiredToken],
  ['a forged token', 401, async (room) => forge((await rest.makeTokens(room)).token)],
  ['a refresh token', 401, async (room) => (await rest.makeTokens(room)).refresh_token],
  ['a token of another room', 403, async () => (await rest.makeTokens(await rest.makeRoom())).token],
];

describe('refused at the WebSocket', { concurrency: CASES.length }, () => {
  for (const [what, status, makeToken] of CASES) {
    test(what, async () => {
      const room = await rest.makeRoom();
      const token = await makeToken(room);
      const { page, socket } = await browser.openPage();
      await startInitialize(page, room, token);

      await until('the create went out', () => socket.sent.length > 0);
      await until('the WebSocket closed', () => socket.closeCode, { within: AT_ONCE_MS });
      assert.equal(socket.sent[0].frame.client_token, token);
      assert.equal(refusal(socket), status);
      assert.equal(socket.received.length, 1, 'nothing but the refusal');
      assert.equal(socket.closeCode, 4000);

      const { state, value, after } = await outcome(page, { within: SDK_LIMIT_MS + 10_000 });
      assert.deepEqual({ state, value }, { state: 'rejected', value: 'network_error' });
      assert.ok(after >= SDK_LIMIT_MS - 1_000, `gave up after ${after} ms`);
    });
  }
});
