// Over the limit: RateLimitError when the SDK may not retry; when it may, it waits as told and gets through.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Telnyx from 'telnyx';
import { failsWith } from '../lib/expect.mjs';
import { journal } from '../lib/record.mjs';
import { startServer } from '../lib/server.mjs';

const BURST = 5;
let server;
let impatient;
before(async () => {
  server = await startServer('node-rate-limit', { limits: { api_key_burst: BURST, api_key_per_minute: 60 } });
  impatient = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey, maxRetries: 0 });
});
after(() => server.stop());

/** Uses the allowance up; returns the error that says so. */
async function exhaust() {
  for (let n = 0; n <= 4 * BURST; n += 1) {
    try {
      await impatient.rooms.list();
    } catch (error) {
      return error;
    }
  }
  return assert.fail(`never limited in ${4 * BURST + 1} requests`);
}

test('429 is a RateLimitError, with the time to wait', async () => {
  const error = await exhaust();
  failsWith(Telnyx.RateLimitError, 429, { code: '10011' })(error);
  const wait = Number(error.headers.get('retry-after'));
  assert.ok(Number.isInteger(wait) && wait >= 1 && wait <= 60, `Retry-After: ${wait}`);
});

test('the SDK waits for Retry-After, retries, and succeeds', async () => {
  await exhaust();
  const from = journal.length;
  const patient = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
  const page = await patient.rooms.list();
  assert.deepEqual(page.data, []);

  const attempts = journal.slice(from);
  assert.ok(attempts.length >= 2, 'at least one retry');
  assert.deepEqual(attempts.map(({ retryCount }) => retryCount), attempts.map((_, n) => n));
  assert.deepEqual(attempts.map(({ status }) => status), [...attempts.slice(1).map(() => 429), 200]);
  for (const [n, { at, retryAfter }] of attempts.slice(0, -1).entries()) {
    const waited = attempts[n + 1].at - at;
    assert.ok(waited >= Number(retryAfter) * 1000 - 100, `waited ${waited} ms of ${retryAfter} s`);
  }
});
