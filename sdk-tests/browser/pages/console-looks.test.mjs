// Every view of the console: nothing serious for axe in light and dark, usable by keyboard alone, and a picture of it to look at.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import axe from 'axe-core';
import { join } from '../../lib/guest.mjs';
import { output } from '../../lib/paths.mjs';
import { startReceiver } from '../../lib/receiver.mjs';
import { rememberSecrets } from '../../lib/record.mjs';
import { runCommand } from '../../lib/server.mjs';
import { setStage } from '../call/stage.mjs';
import { assertDiscreet, DESKTOP, dialog, eventually, goTo, heading, isOpen, openConsole, PHONE, press, row } from './console.mjs';

const LOOKS = {
  light: { ...DESKTOP, colorScheme: 'light' },
  dark: { ...DESKTOP, colorScheme: 'dark' },
  phone: { ...PHONE, colorScheme: 'light' },
};

const NEVER = 1_000;

const stage = setStage('pages-console-looks');
afterEach(async (t) => {
  await stage.browser?.closePages(t);
  await stage.clear();
});

/** Keeps a picture, and has axe look at what is in it. */
async function look(tab, view, name) {
  await tab.screenshot({ path: output('screenshots', `console-${view}-${name}.png`), fullPage: true });
  if (!(await tab.evaluate(() => 'axe' in window))) await tab.evaluate(axe.source);
  const { violations } = await tab.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = serious.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ html }) => html).join('\n  ')}`);
  assert.deepEqual(told, [], `${view}, ${name}`);
  const { scroll, width } = await tab.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: innerWidth }));
  assert.ok(scroll <= width, `${view}, ${name}: nothing is wider than the screen`);
}

/** The id of an event that its receivers do not take, with others of its room behind it. */
async function refusedEvent(context) {
  const receiver = await startReceiver();
  context.after(() => receiver.close());
  receiver.answerWith(...Array(NEVER).fill(503));
  const room = await stage.makeRoom({
    unique_name: 'Support line',
    webhook_event_url: `${receiver.url}/webhooks/support`,
    webhook_event_failover_url: `${receiver.url}/webhooks/failover`,
  });
  const guest = await join(stage.server, stage.telnyx, room, '{"name":"Cleo Martin"}');
  context.after(() => guest.leave());
  await receiver.has(2);
  return JSON.parse(receiver.received[0].body).data.id;
}

test('all views', async (context) => {
  const receiver = await startReceiver();
  context.after(() => receiver.close());
  const room = await stage.makeRoom({ unique_name: 'Weekly design review', webhook_event_url: `${receiver.url}/events` });
  for (const name of ['Stand-up', 'Interview, second round', 'Lunch']) await stage.makeRoom({ unique_name: name });
  const ann = await stage.join(room, 'Ann Archer');
  const ben = await stage.join(room, 'Ben Okafor');
  await ann.publish();
  await ann.hasStream(ann);
  const session = await stage.session(room, 2);
  await ben.leave();
  await receiver.has(4);
  const { token } = await stage.makeTokens(room);
  await stage.telnyx.post('/signing_keys/actions/rotate');
  const [key] = (await stage.telnyx.get('/signing_keys')).data;
  const refused = await refusedEvent(context);
  const [other] = /KEY\S+/.exec(runCommand(stage.server, 'api-key', 'create', '--new-account'));
  rememberSecrets(other);

  for (const [name, options] of Object.entries(LOOKS)) {
    const locked = await openConsole(stage.browser, stage.server, { key: null, ...options });
    await locked.tab.getByLabel('API key').waitFor();
    await look(locked.tab, '0-lock', name);

    const opened = await openConsole(stage.browser, stage.server, options);
    const { tab } = opened;
    const tokens = tab.getByRole('region', { name: 'Tokens', exact: true });
    await tokens.getByText(/\/s$/).first().waitFor();
    await look(tab, '1-overview', name);

    await goTo(tab, '#/rooms');
    await row(tab, 'Rooms', 'Weekly design review').waitFor();
    await look(tab, '2-rooms', name);
    await press(tab, 'New room');
    await look(tab, '3-new-room', name);
    await tab.keyboard.press('Escape');
    await goTo(tab, `#/rooms/${room}`);
    await row(tab, 'Sessions, newest first', 'goes on').waitFor();
    await look(tab, '4-room', name);
    await press(tab, 'Invite');
    await dialog(tab, 'Invitation').getByRole('textbox', { name: 'Link' }).waitFor();
    await look(tab, '5-invite', name);
    await tab.keyboard.press('Escape');
    await goTo(tab, `#/sessions/${session.id}`);
    await row(tab, 'People in the session', 'Ann Archer').waitFor();
    await look(tab, '6-session', name);
    await press(tab, 'Kick Ann Archer');
    await look(tab, '7-kick', name);
    await tab.keyboard.press('Escape');

    await goTo(tab, '#/token');
    await tab.getByLabel('Client token or refresh token').fill(token);
    await press(tab, 'Explain');
    await tab.getByText('A good client token').waitFor();
    await look(tab, '8-token', name);
    await goTo(tab, '#/webhooks');
    await row(tab, 'Webhook deliveries', 'behind earlier events').first().waitFor();
    await row(tab, 'Webhook deliveries', 'Ben Okafor').first().waitFor();
    await tab.getByRole('button', { name: 'Copy the public key' }).waitFor();
    await look(tab, '9-webhooks', name);
    await goTo(tab, `#/webhooks/${refused}`);
    await row(tab, 'Attempts, the latest first', 'failover URL').first().waitFor();
    await look(tab, '10-delivery', name);
    await press(tab, 'Replay');
    await look(tab, '11-replay', name);
    await tab.keyboard.press('Escape');

    await goTo(tab, '#/keys');
    await row(tab, 'Signing keys', 'retires').waitFor();
    await look(tab, '12-keys', name);
    await press(tab, `Revoke ${key.id.slice(0, 8)}`);
    await dialog(tab, 'Revoke this key?').waitFor();
    await look(tab, '13-revoke', name);
    await tab.keyboard.press('Escape');
    const stranger = await openConsole(stage.browser, stage.server, { key: other, at: '#/keys', ...options });
    await stranger.tab.getByText("Signing keys are the operator's").waitFor();
    await look(stranger.tab, '14-not-the-operator', name);
    await stranger.tab.context().close();

    await goTo(tab, '#/nowhere');
    await heading(tab, 'Not found').waitFor();
    await look(tab, '15-nowhere', name);
    assertDiscreet(opened, stage.server);
    await locked.tab.context().close();
    await tab.context().close();
  }
});

test('by keyboard alone', async () => {
  const { tab } = await openConsole(stage.browser, stage.server, { key: null });
  const focused = () =>
    tab.evaluate(() => {
      const { activeElement: at } = document;
      return at?.ariaLabel || at?.labels?.[0]?.textContent?.trim() || at?.textContent?.trim();
    });
  /** Presses Tab until something has the focus. */
  async function go(name) {
    for (let presses = 0; presses < 40; presses += 1) {
      if ((await focused())?.startsWith(name)) return;
      await tab.keyboard.press('Tab');
    }
    assert.fail(`no way to ${name}`);
  }
  await eventually('the field has the focus', async () => (await focused()) === 'API key');
  await tab.keyboard.type(stage.server.apiKey);
  await tab.keyboard.press('Enter');
  await isOpen(tab);
  await eventually('the view has the focus', async () => (await focused()) === 'Overview');
  await tab.keyboard.press('Shift+Tab');
  await go('Rooms');
  await tab.keyboard.press('Enter');
  await eventually('the view has the focus', async () => (await focused()) === 'Rooms');
  await go('New room');
  await tab.keyboard.press('Enter');
  await dialog(tab, 'New room').waitFor();
  await go('Name');
  await tab.keyboard.type('by keyboard');
  await tab.keyboard.press('Enter');
  await heading(tab, 'by keyboard').waitFor();
  await go('Delete');
  await tab.keyboard.press('Enter');
  await dialog(tab, 'Delete by keyboard?').waitFor();
  await tab.keyboard.press('Escape');
  await eventually('the focus is back', async () => (await focused()) === 'Delete');
});
