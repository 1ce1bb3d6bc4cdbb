// Keepalives, one every five seconds, are answered and keep the session for half a minute.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { until } from '../lib/wait.mjs';
import { startBrowser } from './chromium.mjs';
import { backEnd } from './rest.mjs';
import { outcome, startInitialize } from './sdk.mjs';
import { ofKind } from './socket.mjs';

const PERIOD_MS = 30_000;

let server;
let browser;
before(async () => {
  server = await startServer('browser-keepalive');
  browser = await startBrowser(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('every keepalive of 30 seconds is acknowledged, and the session stays', async () => {
  const rest = backEnd(server);
  const room = await rest.makeRoom();
  const { token } = await rest.makeTokens(room);
  const { page, socket } = await browser.openPage();
  await startInitialize(page, room, token);
  assert.equal((await outcome(page)).state, 'fulfilled');

  const opened = performance.now();
  const acks = () => ofKind(socket.received, 'ack');
  await until('an ack half a minute on', () => acks().some(({ at }) => at - opened >= PERIOD_MS), {
    within: PERIOD_MS + 10_000,
    every: 100,
  });
  const asked = ofKind(socket.sent, 'keepalive').map(({ frame }) => frame.transaction);
  const answered = acks().map(({ frame }) => frame.transaction);
  assert.deepEqual(answered, asked);
  assert.ok(asked.length >= 6, `${asked.length} keepalives`);
  assert.equal(socket.closeCode, undefined);
});
