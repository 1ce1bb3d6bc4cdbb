// The console's token explainer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberSecrets } from '../../lib/record.mjs';
import { runCommand } from '../../lib/server.mjs';
import { backEnd } from '../rest.mjs';
import { assertDiscreet, eventually, heading, openConsole, press } from './console.mjs';
import { setHouse } from './house.mjs';

let server;
let browser;
let ours;
setHouse('pages-console-token', (house) => {
  ({ server, browser, ...ours } = house);
});

async function explain(tab, token) {
  await tab.getByLabel('Client token or refresh token').fill(token);
  await press(tab, 'Explain');
}

const check = (tab, text, outcome) =>
  tab.getByRole('region', { name: 'Checks' }).getByRole('listitem').filter({ hasText: text }).filter({ hasText: outcome });

test('a good token passes every check, and its claims are told in words', async () => {
  const room = await ours.makeRoom();
  const tokens = await ours.makeTokens(room);
  const opened = await openConsole(browser, server, { at: '#/token' });
  const { tab } = opened;
  await press(tab, 'Explain');
  await tab.getByText('Paste a token first.').waitFor();
  await explain(tab, ` ${tokens.token}\n`);
  await tab.getByText('A good client token').waitFor();
  await check(tab, 'Signature', 'passed').waitFor();
  assert.equal(await check(tab, '', 'failed').count(), 0);
  const claims = tab.getByRole('region', { name: 'Claims' });
  await claims.getByText(/refused from .* UTC, in \d+ min/).waitFor();
  await claims.getByText(room).waitFor();
  await explain(tab, tokens.refresh_token);
  await tab.getByText('A good refresh token').waitFor();
  await tab.getByRole('link', { name: 'The room that it is for' }).click();
  await heading(tab, 'Room').waitFor();
  assert.ok(tab.url().endsWith(room));
  assertDiscreet(opened, server);
});

test('an expired one is told as such', async () => {
  const room = await ours.makeRoom();
  const { token } = await ours.makeTokens(room, { token_ttl_secs: 10 });
  const { tab } = await openConsole(browser, server, { at: '#/token' });
  await eventually('it has expired', async () => {
    await explain(tab, token);
    await tab.getByRole('region', { name: 'Checks' }).waitFor();
    return check(tab, 'expired', 'failed').count();
  });
  await tab.getByText('This token is refused').waitFor();
  await tab.getByRole('region', { name: 'Claims' }).getByText(/refused from .* ago/).waitFor();
});

test('of a token for the room of another account nothing is shown', async () => {
  const [apiKey] = /KEY\S+/.exec(runCommand(server, 'api-key', 'create', '--new-account'));
  rememberSecrets(apiKey);
  const theirs = backEnd({ ...server, apiKey });
  const room = await theirs.makeRoom();
  const { token } = await theirs.makeTokens(room);
  const { tab } = await openConsole(browser, server, { at: '#/token' });
  await explain(tab, token);
  await tab.getByText('This client token is refused').waitFor();
  await check(tab, 'not a room of this account', 'failed').waitFor();
  await tab.getByRole('region', { name: 'Claims' }).getByText('Not shown').waitFor();
  assert.ok(!(await tab.locator('main').innerText()).includes(room));
});

test('what is no token at all is told as such', async () => {
  const { tab } = await openConsole(browser, server, { at: '#/token' });
  await explain(tab, 'abc');
  await tab.getByText('This token is refused').waitFor();
  await check(tab, 'segments', 'failed').waitFor();
});
