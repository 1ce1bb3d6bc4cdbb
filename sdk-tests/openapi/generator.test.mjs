// OpenAPI Generator's `typescript` target, fed with our document, writes the vendor's reference page again; and the
// client that it makes, compiled, creates and refreshes a token against the program.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Telnyx from 'telnyx';
import { decode } from '../lib/jwt.mjs';
import { output, sdkTests } from '../lib/paths.mjs';
import { startServer } from '../lib/server.mjs';
import { ownDocument } from './document.mjs';
import { readPage } from './page.mjs';

const wanted = JSON.parse(readFileSync(new URL('generated-page.json', import.meta.url), 'utf8'));
const client = output('generated', 'client');

// The page's examples hand over one object, which the client's index takes only with this option; the page itself
// is the same without it.
const OPTIONS = ['--additional-properties=useObjectParameters=true'];

before(() => {
  rmSync(client, { recursive: true, force: true });
  const document = output('generated', 'openapi.json');
  writeFileSync(document, ownDocument());
  run('.venv/bin/openapi-generator-cli', ['generate', '-g', 'typescript', '-i', document, '-o', client, ...OPTIONS]);
});

/** Runs a tool of this folder; what it said comes out only if it fails. */
function run(tool, args) {
  const env = { ...process.env, JAVA_OPTS: '-Xmx512m' };
  try {
    execFileSync(join(sdkTests, tool), args, { env, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    throw new Error(`${tool} failed:\n${error.stdout}${error.stderr}`);
  }
}

/** Newer releases of the generator keep their pages under `docs/`. */
function generatedPage() {
  const file = `${wanted.page}.md`;
  const path = [join(client, 'docs', file), join(client, file)].find((candidate) => existsSync(candidate));
  assert.ok(path, `no ${file}: no operation has the tag "Rooms Client Tokens"`);
  return readPage(readFileSync(path, 'utf8'));
}

for (const { statuses, ...facts } of wanted.operations) {
  test(`the page says the same of ${facts.method}`, () => {
    const { page, operations } = generatedPage();
    assert.equal(page, wanted.page);
    const found = operations.find(({ method }) => method === facts.method);
    assert.ok(found, `methods: ${operations.map(({ method }) => method).join(', ')}`);
    const { statuses: documented, ...own } = found;
    assert.deepEqual(own, facts);
    for (const status of statuses) assert.ok(documented.includes(status), `${status} among ${documented}`);
  });
}

test('the page has no further methods', () => {
  const names = (operations) => operations.map(({ method }) => method);
  assert.deepEqual(names(generatedPage().operations), names(wanted.operations));
});

test('the generated client compiles, creates a client token and refreshes it', async (context) => {
  run('node_modules/.bin/tsc', ['-p', client]);
  const { createConfiguration, RoomsClientTokensApi, ServerConfiguration } = createRequire(import.meta.url)(client);

  const server = await startServer('generated-client');
  context.after(() => server.stop());
  const { data: room } = await new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey }).rooms.create({});
  const [creating, refreshing] = wanted.operations.map(({ example }) => ({ ...example, roomId: room.id }));

  const baseServer = new ServerConfiguration(server.baseURL, {});
  const authMethods = { bearerAuth: { tokenProvider: { getToken: () => server.apiKey } } };
  const withKey = new RoomsClientTokensApi(createConfiguration({ baseServer, authMethods }));
  const { data: made } = await withKey.createRoomClientToken(creating);
  assert.equal(decode(made.token).claims.typ, 'access');
  assert.equal(decode(made.refreshToken).claims.typ, 'refresh');
  assert.ok(made.tokenExpiresAt instanceof Date);

  refreshing.refreshRoomClientTokenRequest.refreshToken = made.refreshToken;
  const withoutKey = new RoomsClientTokensApi(createConfiguration({ baseServer }));
  const { data: fresh } = await withoutKey.refreshRoomClientToken(refreshing);
  assert.equal(decode(fresh.token).claims.sid, decode(made.token).claims.sid);
  await assert.rejects(() => withoutKey.createRoomClientToken(creating), { code: 401 });
});
