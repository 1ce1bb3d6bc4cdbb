// The vendor's documented JavaScript sample runs as it stands: only its example room id is replaced by a real one,
// and the base URL and the key come from the environment.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Telnyx from 'telnyx';
import { decode } from '../lib/jwt.mjs';
import { output } from '../lib/paths.mjs';
import { rememberSecrets } from '../lib/record.mjs';
import { startServer } from '../lib/server.mjs';

const EXAMPLE_ROOM = '0ccc7b54-4df3-4bca-a65a-3da1ecc777f0';

let server;
before(async () => (server = await startServer('node-vendor-sample')));
after(() => server.stop());

test('the sample prints a pair of tokens', async () => {
  const client = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
  const { data: room } = await client.rooms.create({ unique_name: 'sample' });

  const sample = readFileSync(fileURLToPath(new URL('vendor-sample.mjs.txt', import.meta.url)), 'utf8');
  assert.equal(sample.split(EXAMPLE_ROOM).length, 2, 'the literal stands in the sample once');
  const script = output('samples', 'vendor-sample.mjs');
  writeFileSync(script, sample.replace(EXAMPLE_ROOM, room.id));

  const { stdout } = await promisify(execFile)(process.execPath, [script], {
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
