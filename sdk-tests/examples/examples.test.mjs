// The examples, started as their pages say: two people join through their page, and what they do comes back by webhooks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startBrowser } from '../browser/chromium.mjs';
import { installLab } from '../browser/call/lab.mjs';
import { backEnd } from '../browser/rest.mjs';
import { JWT, rememberSecrets } from '../lib/record.mjs';
import { runCommand, startServer } from '../lib/server.mjs';
import { until, WITHIN } from '../lib/wait.mjs';
import { folderOf, startExample } from './application.mjs';
import { startRecorder } from './recorder.mjs';

const EXAMPLES = ['node', 'python'];
const HOSTED = 'https://api.telnyx.com/v2';
/** The least that there is; a call of more than 10 s therefore lives on refreshed tokens. */
const TOKEN_TTL_SECS = 10;

/** What of the vendor's API an application may call: all that the examples need, and nothing of our own. */
const VENDORS = [
  /^GET \/v2\/rooms$/,
  /^POST \/v2\/rooms$/,
  /^PATCH \/v2\/rooms\/[\w-]{36}$/,
  /^POST \/v2\/rooms\/[\w-]{36}\/actions\/(generate_join|refresh)_client_token$/,
];

let server;
let browser;
before(async () => {
  server = await startServer('examples', { sessions: { grace_secs: 1 } });
  // Without a rule for the SDK's host: the shim that the pages load has to do.
  browser = await startBrowser(server, { shim: ' ' });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const variables = (name, more) => ({
  TELNYX_BASE_URL: server.baseURL,
  TELNYX_API_KEY: server.apiKey,
  TELNYX_PUBLIC_KEY: runCommand(server, 'webhooks', 'public-key'),
  ROOM_NAME: `example-${name}`,
  ...more,
});

/** One more of an example, for one test. */
async function another(context, name, more) {
  const example = await startExample(name, variables(name, more));
  context.after(() => example.stop());
  return example;
}

/** Somebody's tab on an example: what it asked for, what its tokens were, what went wrong. */
async function openTab(url) {
  const tab = await browser.newPage();
  const seen = { addresses: [], tokens: [], complaints: [] };
  tab.on('pageerror', (error) => seen.complaints.push(error.message));
  tab.on('console', (message) => message.type() === 'error' && seen.complaints.push(message.text()));
  tab.on('request', (request) => seen.addresses.push(request.url()));
  tab.on('websocket', (socket) => seen.addresses.push(socket.url()));
  tab.on('response', async (response) => {
    const { pathname } = new URL(response.url());
    if (pathname !== '/token' && pathname !== '/refresh') return;
    const text = await response.text().catch(() => '');
    rememberSecrets(...(text.match(JWT) ?? []));
    seen.tokens.push({ pathname, status: response.status(), at: performance.now() });
  });
  await tab.addInitScript(installLab);
  await tab.goto(url);
  return { tab, seen };
}

async function enter(tab, name) {
  await tab.getByLabel('Your name').fill(name);
  await tab.getByRole('button', { name: 'Join' }).click();
  await tab.getByRole('status').getByText('Connected', { exact: true }).waitFor();
}

const people = (tab) => tab.getByRole('listitem').allTextContents();

async function plays(tab, name) {
  const item = tab.getByRole('listitem').filter({ hasText: name });
  const video = await item.locator('video').elementHandle();
  const seen = await video.evaluateHandle(({ srcObject }) => lab.watch(srcObject.getVideoTracks()[0]));
  await until(`${name} is seen`, () => seen.evaluate(({ frames, brightness }) => frames > 10 && brightness > 20), WITHIN);
}

/** The fake microphone beeps. */
async function hears(tab) {
  const peak = await tab.evaluateHandle(() => {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context);
    new MediaStreamAudioSourceNode(context, { mediaStream: document.getElementById('mix').srcObject }).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    return () => {
      analyser.getFloatTimeDomainData(wave);
      return Math.max(...wave);
    };
  });
  await until('a beep', () => peak.evaluate((peak) => peak() > 0.05), WITHIN);
}

const short = ({ event_type }) => event_type.replace('video.room.', '');

for (const name of EXAMPLES) {
  describe(`examples/${name}`, () => {
    let example;
    before(async () => {
      example = await startExample(name, variables(name, { TOKEN_TTL_SECS: String(TOKEN_TTL_SECS) }));
    });
    after(() => example?.stop());
    const events = async () => (await fetch(`${example.url}/events`)).json();

    test('a webhook that nobody has signed is refused', async () => {
      const event = { data: { record_type: 'event', id: crypto.randomUUID(), event_type: 'video.room.session.started' } };
      const send = (headers) =>
        fetch(`${example.url}/webhooks`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(event),
        });
      assert.equal((await send({})).status, 403);
      const now = String(Math.floor(Date.now() / 1000));
      const forged = { 'telnyx-timestamp': now, 'telnyx-signature-ed25519': Buffer.alloc(64, 7).toString('base64') };
      assert.equal((await send(forged)).status, 403);
      assert.deepEqual(await events(), []);
    });

    test('a call between two tabs that outlives its first tokens, told by webhooks', async () => {
      const [ann, ben] = [await openTab(example.url), await openTab(example.url)];
      await enter(ann.tab, 'Ann');
      const joinedAt = performance.now();
      await enter(ben.tab, 'Ben');
      for (const { tab } of [ann, ben]) await until('both are there', async () => (await people(tab)).length === 2, WITHIN);
      assert.deepEqual(await people(ann.tab), ['Ann (you)', 'Ben']);
      await plays(ann.tab, 'Ben');
      await plays(ben.tab, 'Ann');
      await hears(ann.tab);
      await hears(ben.tab);

      const age = () => performance.now() - joinedAt;
      await until('the first tokens have run out', () => age() > (TOKEN_TTL_SECS + 1) * 1000, { within: 15_000, every: 100 });
      await plays(ann.tab, 'Ben');
      for (const { tab, seen } of [ann, ben]) {
        assert.equal(await tab.getByRole('status').textContent(), 'Connected');
        assert.equal(seen.tokens[0].pathname, '/token');
        assert.ok(seen.tokens.filter(({ pathname, status }) => pathname === '/refresh' && status === 200).length >= 1);
        assert.deepEqual(seen.complaints, []);
        const hosts = new Set(seen.addresses.map((address) => new URL(address).host));
        assert.deepEqual(hosts, new Set([new URL(example.url).host, new URL(server.http).host]));
      }

      await ben.tab.getByRole('button', { name: 'Leave' }).click();
      await until('Ben is gone', async () => (await people(ann.tab)).length === 1, WITHIN);
      await ann.tab.getByRole('button', { name: 'Leave' }).click();
      await ann.tab.getByRole('status').getByText('Disconnected (user_initiated)').waitFor();

      await until('the end is told', async () => (await events()).some((event) => short(event) === 'session.ended'), WITHIN);
      assert.deepEqual((await events()).map(short), [
        'session.started',
        'participant.joined',
        'participant.joined',
        'participant.left',
        'participant.left',
        'session.ended',
      ]);
      const contexts = (await events()).map(({ payload }) => payload.context).filter(Boolean);
      assert.deepEqual(contexts.map((text) => JSON.parse(text).username), ['Ann', 'Ben', 'Ben', 'Ann']);
    });

    test('a room is made once and found again, and its webhooks follow the application', async (context) => {
      const ask = async ({ url }) => (await tokensOf(await fetch(`${url}/token`, { method: 'POST' }))).room;
      const own = { ROOM_NAME: `again-${name}` };
      const first = await another(context, name, own);
      const rooms = await Promise.all([first, first, first].map(ask));
      assert.equal(new Set(rooms).size, 1);
      const second = await another(context, name, own);
      assert.equal(await ask(second), rooms[0]);
      const found = (await backEnd(server).telnyx.rooms.list({ filter: { unique_name: own.ROOM_NAME } })).data;
      assert.deepEqual(
        found.map(({ id, webhook_event_url }) => [id, webhook_event_url]),
        [[rooms[0], `${second.url}/webhooks`]],
      );
    });

    test("on the server, it calls nothing but the vendor's API", async (context) => {
      const recorder = await startRecorder(server.baseURL);
      context.after(() => recorder.close());
      const { url } = await another(context, name, { TELNYX_BASE_URL: recorder.url, ROOM_NAME: `recorded-${name}` });
      const tokens = await tokensOf(await fetch(`${url}/token`, { method: 'POST' }));
      const refresh = (refresh_token) =>
        fetch(`${url}/refresh`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ refresh_token }),
        });
      const refreshed = await tokensOf(await refresh(tokens.refresh_token));
      assert.notEqual(refreshed.token, tokens.token);
      assert.equal((await refresh('nonsense')).status, 403);
      assert.equal((await refresh(undefined)).status, 403);

      const asked = recorder.requests.map(({ method, path }) => `${method} ${path}`);
      assert.deepEqual(asked.filter((each) => !VENDORS.some((known) => known.test(each))), []);
      assert.ok(asked.length >= 4);
      assert.ok(recorder.requests.every(({ authorization }) => authorization === `Bearer ${server.apiKey}`));
    });

    test('against the hosted service it is the same, less the shim', async (context) => {
      const there = await another(context, name, { TELNYX_BASE_URL: HOSTED, TELNYX_API_KEY: 'KEY_of_the_hosted_service' });
      const page = async ({ url }) => (await fetch(url)).text();
      const shim = `<script src="${server.http}/shim.js"></script>`;
      assert.ok((await page(example)).includes(shim));
      assert.equal(await page(there), (await page(example)).replace(shim, ''));
    });
  });
}

async function tokensOf(answer) {
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const tokens = await answer.json();
  rememberSecrets(tokens.token, ...(tokens.refresh_token ? [tokens.refresh_token] : []));
  return tokens;
}

test('the script of the page is the same in both', () => {
  const [node, python] = EXAMPLES.map((name) => readFileSync(join(folderOf(name), 'public/app.js'), 'utf8'));
  assert.equal(python, node);
});
