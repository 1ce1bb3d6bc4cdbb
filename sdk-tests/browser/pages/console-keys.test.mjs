// Signing keys in the console.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from '../../lib/guest.mjs';
import { rememberSecrets } from '../../lib/record.mjs';
import { runCommand } from '../../lib/server.mjs';
import { assertDiscreet, cell, confirm, dialog, eventually, heading, openConsole, press, row } from './console.mjs';
import { setHouse } from './house.mjs';

const TABLE = 'Signing keys';
const REVOKED = 4000;
/** One id in 64 begins with a hyphen. */
const IDS_MAX = 1_500;

let server;
let browser;
let ours;
setHouse('pages-console-keys', (house) => {
  ({ server, browser, ...ours } = house);
});

const open = (options) => openConsole(browser, server, { at: '#/keys', ...options });
const keys = async () => (await ours.telnyx.get('/signing_keys')).data;
const inState = async (state) => (await keys()).filter((key) => key.state === state).map(({ id }) => id);

test('a rotation lets the next key sign, and tokens stay good', async () => {
  const room = await ours.makeRoom();
  const { refresh_token } = await ours.makeTokens(room);
  const [active] = await inState('active');
  const [next] = await inState('next');
  const opened = await open();
  const { tab } = opened;
  await heading(tab, 'Signing keys').waitFor();
  await cell(row(tab, TABLE, active), 'State').getByText('signs', { exact: true }).waitFor();
  await cell(row(tab, TABLE, next), 'State').getByText('is next').waitFor();
  await press(tab, 'Rotate');
  await tab.getByRole('dialog').getByText('stay good').waitFor();
  await confirm(tab, 'Rotate the keys?', 'Rotate');
  await cell(row(tab, TABLE, next), 'State').getByText('signs', { exact: true }).waitFor();
  await cell(row(tab, TABLE, next), 'Time').getByText(/^began /).waitFor();
  await cell(row(tab, TABLE, active), 'State').getByText('retires').waitFor();
  await cell(row(tab, TABLE, active), 'Time').getByText(/^gone in /).waitFor();
  assert.deepEqual(await inState('active'), [next]);
  assert.ok(await ours.refresh(room, refresh_token));
  assertDiscreet(opened, server);
});

/** Makes keys until the active one has an id that begins with a hyphen, which a command line would take for an option. */
async function activateHyphen() {
  for (let count = 0; count < IDS_MAX; count += 1) {
    const [next] = await inState('next');
    if (next.startsWith('-')) {
      await ours.telnyx.post('/signing_keys/actions/rotate');
      return next;
    }
    await ours.telnyx.post(`/signing_keys/${next}/actions/revoke`);
  }
  throw new Error(`none of ${IDS_MAX} ids begins with a hyphen`);
}

test('a revocation asks for the beginning of the id, and kills every token of the key', async () => {
  const key = await activateHyphen();
  const room = await ours.makeRoom();
  const { refresh_token } = await ours.makeTokens(room);
  const guest = await join(server, ours.telnyx, room, 'Ann');
  const opened = await open();
  const { tab } = opened;
  const name = key.slice(0, 8);
  await press(tab, `Revoke ${name}`);
  const asked = dialog(tab, 'Revoke this key?');
  await asked.getByText('Every token that it signed dies at once').waitFor();
  await asked.getByText(key).waitFor();
  const button = asked.getByRole('button', { name: 'Revoke the key' });
  const field = asked.getByRole('textbox');
  for (const wrong of ['', name.slice(0, 7), `${name}x`, key]) {
    await field.fill(wrong);
    assert.ok(await button.isDisabled(), wrong);
    await field.press('Enter');
  }
  assert.deepEqual(await inState('active'), [key], 'nothing is revoked yet');
  await tab.keyboard.press('Escape');
  await asked.waitFor({ state: 'detached' });
  await eventually('the focus is back', () =>
    tab.evaluate((label) => document.activeElement?.getAttribute('aria-label') === label, `Revoke ${name}`),
  );

  await tab.keyboard.press('Enter');
  await field.fill(name);
  await confirm(tab, 'Revoke this key?', 'Revoke the key');
  await row(tab, TABLE, key).waitFor({ state: 'detached' });
  assert.ok(!(await keys()).some(({ id }) => id === key));
  assert.equal(await guest.closed, REVOKED);
  await assert.rejects(ours.refresh(room, refresh_token), (error) => error.status === 403);
  await row(tab, TABLE, (await inState('active'))[0]).waitFor();
  assertDiscreet(opened, server);
});

test('a key that is gone meanwhile is told as such', async () => {
  const { tab } = await open();
  const [next] = await inState('next');
  await press(tab, `Revoke ${next.slice(0, 8)}`);
  const asked = dialog(tab, 'Revoke this key?');
  await asked.getByText('no token dies').waitFor();
  await ours.telnyx.post(`/signing_keys/${next}/actions/revoke`);
  await asked.getByRole('textbox').fill(next.slice(0, 8));
  await asked.getByRole('button', { name: 'Revoke the key' }).click();
  await asked.getByRole('alert').getByText('Not found').waitFor();
});

test('an account that is not the operator is told so', async () => {
  const [apiKey] = /KEY\S+/.exec(runCommand(server, 'api-key', 'create', '--new-account'));
  rememberSecrets(apiKey);
  const { tab, complaints } = await open({ key: apiKey });
  await tab.getByRole('status').getByText("Signing keys are the operator's").waitFor();
  assert.equal(await tab.getByRole('table').count(), 0);
  assert.equal(await tab.getByRole('main').getByRole('button').count(), 0);
  assert.deepEqual(complaints, []);
});
