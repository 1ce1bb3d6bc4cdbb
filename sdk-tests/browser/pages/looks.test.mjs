// Every state of the page: nothing serious for axe in light and dark, usable by keyboard alone, and a picture of it to look at.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import axe from 'axe-core';
import { output } from '../../lib/paths.mjs';
import { startServer } from '../../lib/server.mjs';
import { until, WITHIN } from '../../lib/wait.mjs';
import { startBrowser } from '../chromium.mjs';
import { assertPlays, DESKTOP, join, openTab, people, PHONE, press, refuseDevices, screenOf, seesAll, tile } from './meet.mjs';

const LOOKS = {
  light: { ...DESKTOP, colorScheme: 'light' },
  dark: { ...DESKTOP, colorScheme: 'dark' },
  phone: { ...PHONE, colorScheme: 'light' },
};

let server;
let closed;
let browser;
before(async () => {
  server = await startServer('pages-looks');
  closed = await startServer('pages-looks-closed', { pages: { visitors: false } });
  browser = await startBrowser(server);
});
afterEach((t) => browser?.closePages(t));
after(async () => {
  await browser?.close();
  await server?.stop();
  await closed?.stop();
});

/** Keeps a picture, and has axe look at what is in it. */
async function look(tab, state, name) {
  await tab.screenshot({ path: output('screenshots', `meet-${state}-${name}.png`) });
  if (!(await tab.evaluate(() => 'axe' in window))) await tab.evaluate(axe.source);
  const { violations } = await tab.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = serious.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ html }) => html).join('\n  ')}`);
  assert.deepEqual(told, [], `${state}, ${name}`);
  const { scroll, width } = await tab.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    width: innerWidth,
  }));
  assert.ok(scroll <= width, `${state}, ${name}: nothing is wider than the screen`);
}

/** Everything that is to be touched is large enough for a thumb. */
async function assertLargeEnough(tab, state) {
  const small = await tab.getByRole('button').evaluateAll((buttons) =>
    buttons
      .filter((button) => button.checkVisibility())
      .map((button) => ({ name: button.ariaLabel ?? button.textContent, box: button.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 43.5 || box.height < 43.5)
      .map(({ name, box }) => `${name}: ${box.width} x ${box.height}`),
  );
  assert.deepEqual(small, [], state);
}

for (const [name, options] of Object.entries(LOOKS)) {
  test(`the states of the page, ${name}`, async () => {
    const room = `Weekly design review ${name}`;
    const address = `${server.http}/#${new URLSearchParams({ room })}`;
    const { tab: ben } = await openTab(browser, address);
    await join(ben, 'Ben Okafor');

    const { tab: stranger } = await openTab(browser, `${closed.http}/`, options);
    await stranger.getByRole('heading', { name: 'You need an invitation' }).waitFor();
    await look(stranger, '1-unlock', name);

    const refuse = refuseDevices('NotAllowedError');
    const { tab: blocked } = await openTab(browser, `${server.http}/`, { ...options, init: refuse });
    await blocked.getByRole('alert').waitFor();
    await look(blocked, '2-blocked', name);

    const { tab } = await openTab(browser, address, options);
    await tab.getByLabel('Your name').fill('Ann Archer');
    await assertPlays(tab, tab.locator('.self-view'));
    await look(tab, '3-lobby', name);
    if (name === 'phone') await assertLargeEnough(tab, 'lobby');
    await join(tab, 'Ann Archer');
    await seesAll(tab, ['Ann Archer', 'Ben Okafor']);
    await until('both have pictures', async () => (await tab.locator('.tile video').count()) === 2, WITHIN);
    const { tab: cara } = await openTab(browser, address, { init: refuse });
    await join(cara, 'Cara Lindqvist');
    await seesAll(tab, ['Ann Archer', 'Ben Okafor', 'Cara Lindqvist']);
    await look(tab, '4-call', name);
    if (name === 'phone') await assertLargeEnough(tab, 'call');

    await press(tab, 'People');
    await look(tab, '5-people', name);
    await press(tab, 'Close people');
    await press(ben, 'Chat');
    await ben.getByLabel('Message', { exact: true }).fill('Good morning! The drafts are at https://example.com/drafts.');
    await ben.keyboard.press('Enter');
    await tab.getByRole('button', { name: 'Chat, 1 unread' }).click();
    await tab.getByLabel('Message', { exact: true }).fill('Thank you, I am looking at them.');
    await tab.keyboard.press('Enter');
    await tab.getByRole('log', { name: 'Messages' }).getByText('Thank you').waitFor();
    await look(tab, '6-chat', name);
    await press(tab, 'Close chat');

    await press(ben, 'Share screen');
    await screenOf(tab, 'Ben Okafor').locator('video').waitFor();
    await until('the screen is seen', () => screenOf(tab, 'Ben Okafor').locator('video').evaluate(({ videoWidth }) => videoWidth > 200), WITHIN);
    await look(tab, '7-screen', name);
    await press(ben, 'Share screen');

    await press(tab, 'Invite');
    await until('there is a link', () => tab.getByLabel('Link to this call').inputValue(), WITHIN);
    await look(tab, '8-invite', name);
    await press(tab, 'Close');
    await press(tab, 'Settings');
    await look(tab, '9-settings', name);
    await press(tab, 'Keyboard');
    await look(tab, '10-keyboard', name);
    await press(tab, 'Close');
    await press(tab, 'Leave');
    await tab.getByRole('heading', { name: 'You have left the call' }).waitFor();
    await look(tab, '11-left', name);
  });
}

test('by keyboard alone', async () => {
  const { tab } = await openTab(browser, `${server.http}/`);
  await tab.getByLabel('Room', { exact: true }).waitFor();
  const focused = () => tab.evaluate(() => document.activeElement?.ariaLabel || document.activeElement?.labels?.[0]?.textContent || document.activeElement?.textContent);
  /** Presses Tab until something has the focus. */
  async function go(name) {
    for (let presses = 0; presses < 40; presses += 1) {
      if ((await focused())?.startsWith(name)) return;
      await tab.keyboard.press('Tab');
    }
    assert.fail(`no way to ${name}`);
  }
  await go('Room');
  await tab.keyboard.type('keyboard');
  await go('Your name');
  await tab.keyboard.type('Ann');
  await go('Join');
  await tab.keyboard.press('Enter');
  await seesAll(tab, ['Ann']);
  await until('the call has the focus', async () => (await focused()) === 'keyboard', WITHIN);

  const pressed = (name) => tab.getByRole('button', { name, exact: true }).getAttribute('aria-pressed');
  await tab.keyboard.press('m');
  await until('muted', async () => (await pressed('Microphone')) === 'false', WITHIN);
  await tab.keyboard.press('v');
  await until('without camera', async () => (await pressed('Camera')) === 'false', WITHIN);
  await tab.keyboard.press('c');
  await until('one can write at once', async () => (await focused()) === 'Message', WITHIN);
  await tab.keyboard.type('mmm');
  assert.equal(await tab.getByLabel('Message', { exact: true }).inputValue(), 'mmm', 'who writes does not mute');
  assert.equal(await pressed('Microphone'), 'false');
  await tab.keyboard.press('Escape');
  await until('the focus is back', async () => (await focused()) === 'Chat', WITHIN);
  await tab.keyboard.press('?');
  await tab.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await tab.getByLabel('Use single keys').uncheck();
  await tab.keyboard.press('Escape');
  await until('it is closed', async () => !(await tab.getByRole('dialog').count()), WITHIN);
  await tab.keyboard.press('m');
  await tab.keyboard.press('p');
  assert.equal(await tab.getByRole('complementary').count(), 0, 'single keys do nothing now');
  await go('Leave');
  await tab.keyboard.press('Enter');
  await until('the end has the focus', async () => (await focused()) === 'You have left the call', WITHIN);
});

test('a crowd is shown in pages, and only what is shown is taken', async () => {
  const address = `${server.http}/#room=crowd`;
  const { tab } = await openTab(browser, address, { viewport: { width: 400, height: 320 } });
  await join(tab, 'Ann');
  for (const name of ['Ben', 'Cara', 'Dan', 'Eve', 'Finn']) {
    const { tab: other } = await openTab(browser, address, { viewport: { width: 320, height: 240 } });
    await join(other, name);
  }
  const pager = tab.getByRole('navigation', { name: 'Pages of people' });
  await pager.waitFor();
  const first = await people(tab);
  assert.ok(first.length < 6, `${first}`);
  await press(tab, 'Next people');
  await until('others are there', async () => !(await people(tab)).some((name) => first.includes(name)), WITHIN);
  const last = await people(tab);
  for (const name of last) await tile(tab, name).locator('video').waitFor();
});
