// From the first visit to a call, as somebody who has only the address.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { makeApiKey, startServer } from '../../lib/server.mjs';
import { until, WITHIN } from '../../lib/wait.mjs';
import { startBrowser } from '../chromium.mjs';
import {
  assertHears,
  assertOneHost,
  assertPlays,
  isMuted,
  join,
  openTab,
  people,
  press,
  screenOf,
  seesAll,
  tile,
} from './meet.mjs';

let server;
let closed;
let browser;
before(async () => {
  server = await startServer('pages-first-visit');
  closed = await startServer('pages-closed', { pages: { visitors: false } });
  browser = await startBrowser(server);
});
afterEach((t) => browser?.closePages(t));
after(async () => {
  await browser?.close();
  await server?.stop();
  await closed?.stop();
});

const open = (url, options) => openTab(browser, url, options);

async function invitationOf(tab) {
  await press(tab, 'Invite');
  const field = tab.getByLabel('Link to this call');
  await until('there is a link', () => field.inputValue(), WITHIN);
  const link = await field.inputValue();
  await press(tab, 'Close');
  return link;
}

test('two people meet without a key', async () => {
  const ann = await open(`${server.http}/`);
  await join(ann.tab, 'Ann', 'standup');
  assert.match(ann.tab.url(), /#room=standup$/);
  const link = await invitationOf(ann.tab);
  assert.equal(link, `${server.http}/#room=standup`);
  const ben = await open(link);
  await join(ben.tab, 'Ben');

  await seesAll(ann.tab, ['Ann', 'Ben']);
  await seesAll(ben.tab, ['Ann', 'Ben']);
  await assertPlays(ann.tab, tile(ann.tab, 'Ben'));
  await assertPlays(ben.tab, tile(ben.tab, 'Ann'));
  await assertPlays(ben.tab, tile(ben.tab, 'Ben'));
  await assertHears(ann.tab);
  await assertHears(ben.tab);

  // Microphone and camera, as the other one sees it.
  await until('Ann is heard', async () => !(await isMuted(ben.tab, 'Ann')), WITHIN);
  await press(ann.tab, 'Microphone');
  await until('Ann is muted', () => isMuted(ben.tab, 'Ann'), WITHIN);
  await press(ann.tab, 'Camera');
  await until('her picture is gone', async () => !(await tile(ben.tab, 'Ann').locator('video').count()), WITHIN);
  await press(ann.tab, 'Camera');
  await assertPlays(ben.tab, tile(ben.tab, 'Ann'));
  await press(ann.tab, 'Microphone');
  await until('Ann is heard again', async () => !(await isMuted(ben.tab, 'Ann')), WITHIN);

  // Who talks is marked: the fake microphones beep.
  await until('somebody talks', () => ben.tab.locator('.tile.talking').count(), WITHIN);

  // A screen.
  await press(ann.tab, 'Share screen');
  await screenOf(ben.tab, 'Ann').waitFor();
  await assertPlays(ben.tab, screenOf(ben.tab, 'Ann'));
  assert.equal(await ben.tab.locator('.large').count(), 1, 'it is shown large');
  await screenOf(ann.tab, 'Ann').waitFor();
  await press(ann.tab, 'Share screen');
  await until('the screen is gone', async () => !(await screenOf(ben.tab, 'Ann').count()), WITHIN);

  await press(ben.tab, 'Leave');
  await ben.tab.getByRole('heading', { name: 'You have left the call' }).waitFor();
  await until('Ben has left', async () => (await people(ann.tab)).length === 1, WITHIN);
  await press(ben.tab, 'Join again');
  await press(ben.tab, 'Join');
  await seesAll(ann.tab, ['Ann', 'Ben']);
  for (const person of [ann, ben]) {
    assert.deepEqual(person.complaints, []);
    assertOneHost(person);
  }
});

test('messages reach everybody, and nothing in them runs', async () => {
  const ann = await open(`${server.http}/#room=chat`);
  await join(ann.tab, 'Ann');
  const ben = await open(`${server.http}/#room=chat`);
  await join(ben.tab, 'Ben');
  await seesAll(ann.tab, ['Ann', 'Ben']);
  await press(ann.tab, 'Chat');
  const write = async (text) => {
    await ann.tab.getByLabel('Message', { exact: true }).fill(text);
    await ann.tab.keyboard.press('Enter');
  };
  await write('Good morning, ☕ <img src=x onerror=alert(1)>: https://example.com/notes, javascript:alert(1)');
  await ben.tab.getByRole('button', { name: 'Chat, 1 unread' }).click();
  const log = ben.tab.getByRole('log', { name: 'Messages' });
  await log.getByText('☕ <img src=x onerror=alert(1)>').waitFor();
  const links = await log.getByRole('link').evaluateAll((all) => all.map(({ href, rel, target }) => [href, rel, target]));
  assert.deepEqual(links, [['https://example.com/notes', 'noopener noreferrer nofollow', '_blank']]);
  await ben.tab.getByRole('button', { name: 'Chat', exact: true }).waitFor();
  await write('long '.repeat(400));
  await log.getByRole('button', { name: 'Show all' }).click();
  await until('all of it', async () => (await log.textContent()).includes('long '.repeat(399)), WITHIN);
  assert.deepEqual([...ann.complaints, ...ben.complaints], []);
  assertOneHost(ben);
});

test('with a key one invites people to a server that lets no visitors in', async () => {
  const stranger = await open(`${closed.http}/`);
  await stranger.tab.getByRole('heading', { name: 'You need an invitation' }).waitFor();
  await stranger.tab.getByLabel('API key').fill(makeApiKey());
  await press(stranger.tab, 'Go on');
  await stranger.tab.getByRole('alert').getByText('no API key of this server').waitFor();
  await stranger.tab.getByLabel('API key').fill(closed.apiKey);
  await press(stranger.tab, 'Go on');
  await stranger.tab.getByLabel('Room', { exact: true }).waitFor();

  const ann = await open(`${closed.http}/#key=${closed.apiKey}`);
  await ann.tab.getByLabel('Room', { exact: true }).waitFor();
  assert.equal(ann.tab.url(), `${closed.http}/`, 'the key does not stay in the address');
  await join(ann.tab, 'Ann', 'standup');
  const link = await invitationOf(ann.tab);
  assert.ok(!link.includes(closed.apiKey), 'a guest gets no key');
  const ben = await open(link);
  await ben.tab.getByLabel('Your name').waitFor();
  assert.equal(ben.tab.url(), `${closed.http}/`, 'the token does not stay in the address');
  await ben.tab.reload();
  await join(ben.tab, 'Ben');
  await seesAll(ann.tab, ['Ann', 'Ben']);
  assertOneHost(ben);
});
