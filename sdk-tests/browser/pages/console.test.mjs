// The console: its lock, its figures, and rooms.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeApiKey } from '../../lib/server.mjs';
import { assertDiscreet, confirm, dialog, eventually, goTo, heading, isOpen, openConsole, press, row } from './console.mjs';
import { setHouse } from './house.mjs';

let server;
let browser;
let telnyx;
setHouse('pages-console', (house) => {
  ({ server, browser, telnyx } = house);
});

const storage = (tab) => tab.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));

test('a key that is none is told, and the right one opens', async () => {
  const opened = await openConsole(browser, server, { key: null });
  const { tab } = opened;
  await press(tab, 'Open the console');
  await tab.getByText('Paste an API key').waitFor();
  await tab.getByLabel('API key').fill(makeApiKey());
  await press(tab, 'Open the console');
  await tab.getByText('The server does not know this key').waitFor();
  await tab.getByLabel('API key').fill(server.apiKey);
  await tab.keyboard.press('Enter');
  await heading(tab, 'Overview').waitFor();
  assert.ok(!(await storage(tab)).includes(server.apiKey), 'kept only when asked for');
  await tab.reload();
  await tab.getByLabel('API key').waitFor();
  assertDiscreet(opened, server);
});

test('a key in the address opens, and goes out of it; kept, it survives a reload at any place', async () => {
  const opened = await openConsole(browser, server);
  const { tab } = opened;
  assert.equal(tab.url(), `${server.http}/console#/`);
  await tab.getByLabel('Keep the key in this tab').check();
  await goTo(tab, '#/token');
  await heading(tab, 'Token explainer').waitFor();
  await tab.reload();
  await isOpen(tab);
  await heading(tab, 'Token explainer').waitFor();
  await press(tab, 'Lock');
  await tab.getByLabel('API key').waitFor();
  assert.ok(!(await storage(tab)).includes(server.apiKey));
  await tab.reload();
  await tab.getByLabel('API key').waitFor();
  assertDiscreet(opened, server);
});

test('a bad key in the address is told as well', async () => {
  const { tab } = await openConsole(browser, server, { key: null });
  await tab.goto('about:blank');
  await tab.goto(`${server.http}/console#key=${makeApiKey()}`);
  await tab.getByText('The server does not know this key').waitFor();
  assert.equal(tab.url(), `${server.http}/console#/`);
});

test('the overview shows the server and its figures', async () => {
  const opened = await openConsole(browser, server);
  const { tab } = opened;
  await tab.getByText("operator's account").waitFor();
  const people = tab.getByRole('region', { name: 'People', exact: true });
  await people.getByRole('img', { name: 'People 0, Streams 0' }).waitFor();
  const tokens = tab.getByRole('region', { name: 'Tokens', exact: true });
  await tokens.getByText('0/s').first().waitFor();
  await tokens.getByRole('button', { name: /table/ }).click();
  await eventually('a second reading', async () => (await tokens.getByRole('row').count()) > 2);
  await tab.getByText('A kick revokes tokens').waitFor();
  assertDiscreet(opened, server);
});

test('figures at another address are told as such', async () => {
  const { tab } = await openConsole(browser, server, { at: '#/token' });
  await tab.route('**/metrics', (route) => route.fulfill({ status: 404, json: { code: '10005' } }));
  await goTo(tab, '#/');
  await tab.getByText('The figures are at another address').waitFor();
});

test('a server that is away is told, and looked for again', async () => {
  const { tab } = await openConsole(browser, server, { at: '#/rooms' });
  await tab.getByRole('button', { name: 'New room' }).waitFor();
  await tab.getByRole('navigation', { name: 'Pages of rooms' }).waitFor();
  await tab.route('**/v2/**', (route) => route.abort('connectionrefused'));
  await tab.getByRole('alert').getByText('The server cannot be reached').waitFor();
  await tab.getByRole('navigation', { name: 'Pages of rooms' }).waitFor();
  await tab.unroute('**/v2/**');
  await tab.getByRole('alert').waitFor({ state: 'detached' });
});

test('a limit is told with the time to wait', async () => {
  const { tab } = await openConsole(browser, server);
  const slow = { status: 429, headers: { 'retry-after': '20' }, json: { code: '10011', title: 'Too many requests' } };
  await tab.route('**/v2/rooms?**', (route) => route.fulfill(slow));
  await goTo(tab, '#/rooms');
  await tab.getByRole('alert').getByText('Try again in 20 s.').waitFor();
});

test('a key that is revoked meanwhile locks the console, which says so', async () => {
  const { tab } = await openConsole(browser, server);
  await tab.route('**/v2/rooms?**', (route) => route.fulfill({ status: 401, json: { code: '10009' } }));
  await goTo(tab, '#/rooms');
  await tab.getByText('The API key is not accepted any more').waitFor();
});

test('a room is made, found, changed and deleted', async () => {
  const opened = await openConsole(browser, server, { at: '#/rooms' });
  const { tab } = opened;
  await press(tab, 'New room');
  const form = dialog(tab, 'New room');
  await form.getByLabel('Name').fill('Console room');
  await form.getByLabel('People at once').fill('100');
  await form.getByRole('button', { name: 'Make the room' }).click();
  await form.getByText('From 2 to 50 people.').waitFor();
  await form.getByLabel('People at once').fill('12');
  await form.getByRole('button', { name: 'Make the room' }).click();
  await heading(tab, 'Console room').waitFor();
  const [room] = (await telnyx.rooms.list({ filter: { unique_name: 'Console room' } })).data;
  assert.equal(room.max_participants, 12);
  assert.equal(tab.url(), `${server.http}/console#/rooms/${room.id}`);

  await goTo(tab, '#/rooms');
  await press(tab, 'New room');
  await form.getByLabel('Name').fill('Console room');
  await form.getByRole('button', { name: 'Make the room' }).click();
  const name = form.getByLabel('Name');
  await eventually('the fault is at the field', async () => (await name.getAttribute('aria-invalid')) === 'true');
  await tab.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });

  await tab.getByLabel('Search by name').fill('SOLE r');
  await tab.keyboard.press('Enter');
  await tab.getByText('1 room with “SOLE r” in the name').waitFor();
  await tab.getByRole('link', { name: 'Console room' }).click();
  await heading(tab, 'Console room').waitFor();
  await press(tab, 'Change');
  const change = dialog(tab, 'Change the room');
  await change.getByLabel('Webhook URL').fill('http://127.0.0.1:9/hook');
  await change.getByRole('button', { name: 'Save' }).click();
  await tab.getByText('http://127.0.0.1:9/hook').waitFor();
  assert.equal((await telnyx.rooms.retrieve(room.id)).data.webhook_event_url, 'http://127.0.0.1:9/hook');

  await press(tab, 'Delete');
  await confirm(tab, 'Delete Console room?', 'Delete the room');
  await heading(tab, 'Rooms').waitFor();
  await assert.rejects(telnyx.rooms.retrieve(room.id), (error) => error.status === 404);
  await goTo(tab, `#/rooms/${room.id}`);
  await tab.getByRole('alert').getByText('Not found').waitFor();
  assertDiscreet(opened, server);
});

test('a click beside a dialog closes it, a selection that ends there does not', async () => {
  const { tab } = await openConsole(browser, server, { at: '#/rooms' });
  await press(tab, 'New room');
  const form = dialog(tab, 'New room');
  const name = form.getByLabel('Name');
  await name.fill('half a name');
  const { x, y, height } = await name.boundingBox();
  await tab.mouse.move(x + 60, y + height / 2);
  await tab.mouse.down();
  await tab.mouse.move(5, 5, { steps: 4 });
  await tab.mouse.up();
  assert.equal(await name.inputValue(), 'half a name');
  await tab.mouse.click(5, 5);
  await form.waitFor({ state: 'detached' });
  await press(tab, 'New room');
  await form.waitFor();
});

test('rooms come in pages', async () => {
  for (let count = 0; count < 21; count += 1) await telnyx.rooms.create({ unique_name: `page ${count}` });
  const { tab } = await openConsole(browser, server, { at: '#/rooms' });
  await row(tab, 'Rooms', 'page 20').waitFor();
  await tab.getByRole('link', { name: 'Next' }).click();
  await row(tab, 'Rooms', /page 0/).waitFor();
  assert.match(tab.url(), /#\/rooms\?page=2$/);
  await tab.goBack();
  await row(tab, 'Rooms', 'page 20').waitFor();
});

test('an invitation is for one room and holds no key', async () => {
  const room = (await telnyx.rooms.create({ unique_name: 'invited' })).data;
  const { tab } = await openConsole(browser, server, { at: `#/rooms/${room.id}` });
  await press(tab, 'Invite');
  const link = new URL(await dialog(tab, 'Invitation').getByRole('textbox', { name: 'Link' }).inputValue());
  assert.equal(link.origin + link.pathname, `${server.http}/`);
  assert.ok(!link.href.includes(server.apiKey));
  const parameters = new URLSearchParams(link.hash.slice(1));
  assert.equal(parameters.get('room'), room.id);
  const refresh_token = parameters.get('refresh');
  assert.ok((await telnyx.rooms.actions.refreshClientToken(room.id, { refresh_token })).data.token);
});
