// The Node SDK is configured by base URL and API key alone: by code, by environment, and with no key at all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Telnyx from 'telnyx';
import { journal } from '../lib/record.mjs';
import { startServer } from '../lib/server.mjs';

let server;
before(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('TELNYX_')) delete process.env[name];
  server = await startServer('node-client');
});
after(() => server.stop());

test('configured by code', async () => {
  const client = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
  const { data } = await client.rooms.create({ unique_name: 'by code' });
  assert.equal(data.unique_name, 'by code');
});

test('configured by environment', async () => {
  process.env.TELNYX_BASE_URL = server.baseURL;
  process.env.TELNYX_API_KEY = server.apiKey;
  try {
    const { data } = await new Telnyx().rooms.create({ unique_name: 'by environment' });
    assert.equal(data.unique_name, 'by environment');
  } finally {
    delete process.env.TELNYX_BASE_URL;
    delete process.env.TELNYX_API_KEY;
  }
});

test('without a key the request goes out without the header, and is refused', async () => {
  const client = new Telnyx({ baseURL: server.baseURL });
  await assert.rejects(() => client.rooms.list(), Telnyx.AuthenticationError);
  assert.equal(journal.at(-1).authorization, null);
});
