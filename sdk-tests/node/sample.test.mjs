// The call of the vendor's JavaScript sample, in a process of its own that is told everything by its environment.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Telnyx from 'telnyx';
import { decode } from '../lib/jwt.mjs';
import { rememberSecrets } from '../lib/record.mjs';
import { startServer } from '../lib/server.mjs';

let server;
before(async () => (server = await startServer('node-sample')));
after(() => server.stop());

test('the sample prints a pair of tokens', async () => {
  const client = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
  const { data: room } = await client.rooms.create({ unique_name: 'sample' });

  const script = fileURLToPath(new URL('sample.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, room.id], {
    env: { PATH: process.env.PATH, TELNYX_BASE_URL: server.baseURL, TELNYX_API_KEY: server.apiKey },
  });
  const printed = (name) => new RegExp(`\\b${name}: '([^']+)'`).exec(stdout)?.[1];
  const [token, refreshToken] = [printed('token'), printed('refresh_token')];
  rememberSecrets(token, refreshToken);
  assert.equal(decode(token).claims.typ, 'access');
  assert.equal(decode(refreshToken).claims.typ, 'refresh');
  assert.deepEqual(decode(token).claims.grants[0].resources, [`telnyx:video:rooms:${room.id}`]);
  assert.ok(Date.parse(printed('token_expires_at')) > Date.now());
});
