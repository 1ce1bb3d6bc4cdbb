// The page comes back by itself when it can, and says why when it cannot.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startServer } from '../../lib/server.mjs';
import { until, WITHIN } from '../../lib/wait.mjs';
import { startBrowser } from '../chromium.mjs';
import {
  assertPlays,
  inCall,
  isMuted,
  join,
  liveSession,
  openTab,
  people,
  press,
  rest,
  screenOf,
  seesAll,
  tile,
} from './meet.mjs';
import { layWire } from './wire.mjs';

let server;
let wire;
let browser;
before(async () => {
  server = await startServer('pages-rejoin');
  wire = await layWire(server.http);
  browser = await startBrowser(server);
});
afterEach((t) => browser?.closePages(t));
after(async () => {
  await browser?.close();
  wire?.close();
  await server?.stop();
});

const again = (tab) => tab.getByText('Connecting again…');
const backIn = (tab) => until('it is connected again', async () => !(await again(tab).count()), WITHIN);

/** Ann behind the wire, Ben beside it. */
async function meet(room) {
  const ann = await openTab(browser, `${wire.url}/#room=${room}`);
  const ben = await openTab(browser, `${server.http}/#room=${room}`);
  await join(ann.tab, 'Ann');
  await join(ben.tab, 'Ben');
  await seesAll(ann.tab, ['Ann', 'Ben']);
  await seesAll(ben.tab, ['Ann', 'Ben']);
  return { ann: ann.tab, ben: ben.tab };
}

test('a cut wire: the page says so, comes back, and everything is as before', async () => {
  const { ann, ben } = await meet('cut');
  await press(ann, 'Microphone');
  await press(ann, 'Share screen');
  await screenOf(ben, 'Ann').waitFor();
  wire.cut();
  await again(ann).waitFor();
  await until('Ben sees her go', async () => (await people(ben)).length === 1, WITHIN);
  assert.equal((await people(ann)).length, 2, 'those who were there stay in sight');
  wire.mend();
  await backIn(ann);
  await seesAll(ann, ['Ann', 'Ben']);
  await seesAll(ben, ['Ann', 'Ben']);
  await until('she is muted as before', () => isMuted(ben, 'Ann'), WITHIN);
  await assertPlays(ben, screenOf(ben, 'Ann'));
  await assertPlays(ann, tile(ann, 'Ben'));
});

test('a dead wire: nothing comes, and the page notices by itself', async () => {
  const { ann, ben } = await meet('dead');
  wire.goDead();
  await again(ann).waitFor();
  wire.mend();
  await backIn(ann);
  await seesAll(ann, ['Ann', 'Ben']);
  await seesAll(ben, ['Ann', 'Ben']);
  await assertPlays(ben, tile(ben, 'Ann'));
});

test('a server that is started anew is found again', async () => {
  const first = await startServer('pages-restart-1');
  const over = await layWire(first.http);
  const { tab: ann } = await openTab(browser, `${over.url}/#room=restart`);
  await join(ann, 'Ann');
  await first.stop({ keepData: true });
  await again(ann).waitFor();
  const second = await startServer('pages-restart-2', {}, { data: first.data });
  try {
    over.to(second.http);
    await backIn(ann);
    const { tab: ben } = await openTab(browser, `${second.http}/#room=restart`);
    await join(ben, 'Ben');
    await seesAll(ann, ['Ann', 'Ben']);
    await assertPlays(ben, tile(ben, 'Ann'));
  } finally {
    over.close();
    await second.stop();
  }
});

test('who is sent out is told so, and does not come back', async () => {
  const { ann, ben } = await meet('kick');
  const { session, idOf } = await liveSession(server, 'kick');
  await rest(server, 'POST', `/room_sessions/${session.id}/actions/kick`, { participants: [idOf('Ann')] });
  await ann.getByRole('heading', { name: 'You were removed from the call' }).waitFor();
  assert.equal(await ann.getByRole('button', { name: /again/ }).count(), 0);
  await until('Ben is alone', async () => (await people(ben)).length === 1, WITHIN);
});

test('who is muted by a moderator is told so', async () => {
  const { ann, ben } = await meet('mute');
  const { session, idOf } = await liveSession(server, 'mute');
  const silenced = (tab) => tile(tab, 'Ann').locator('.microphone.silenced').waitFor();
  await rest(server, 'POST', `/room_sessions/${session.id}/actions/mute`, { participants: [idOf('Ann')] });
  await ann.getByText('A moderator has muted you').waitFor();
  await silenced(ann);
  await silenced(ben);
  await rest(server, 'POST', `/room_sessions/${session.id}/actions/unmute`, { participants: [idOf('Ann')] });
  await ann.getByText('A moderator lets you speak again').waitFor();
});

test('a call that is ended is over, and a room that is deleted gone', async () => {
  const { ann, ben } = await meet('end');
  const { session, room } = await liveSession(server, 'end');
  await rest(server, 'POST', `/room_sessions/${session.id}/actions/end`);
  for (const tab of [ann, ben]) await tab.getByRole('heading', { name: 'The call has ended' }).waitFor();
  await press(ben, 'Join again');
  await press(ben, 'Join');
  await inCall(ben);
  await rest(server, 'DELETE', `/rooms/${room.id}`);
  await ben.getByRole('heading', { name: 'The room is gone' }).waitFor();
});

test('a full room is full, and lets in whoever tries again when there is a place', async () => {
  await rest(server, 'POST', '/rooms', { unique_name: 'full', max_participants: 2 });
  const { ben } = await meet('full');
  const { tab: eve } = await openTab(browser, `${server.http}/#room=full`);
  await eve.getByLabel('Your name').fill('Eve');
  await press(eve, 'Join');
  await eve.getByRole('heading', { name: 'The room is full' }).waitFor();
  await press(ben, 'Leave');
  await press(eve, 'Try again');
  await press(eve, 'Join');
  await seesAll(eve, ['Ann', 'Eve']);
});

test('an invitation that is none, or not any more, is told as such', async () => {
  const nowhere = new URLSearchParams({ room: crypto.randomUUID(), refresh: 'nothing', title: 'Nowhere' });
  const { tab } = await openTab(browser, `${server.http}/#${nowhere}`);
  await tab.getByLabel('Your name').fill('Eve');
  await press(tab, 'Join');
  await tab.getByRole('heading', { name: 'This opens the room no more' }).waitFor();
  await press(tab, 'To the start');
  await tab.getByLabel('Room', { exact: true }).waitFor();
});

test('a server that cannot be reached is told as such', async () => {
  const { tab } = await openTab(browser, `${wire.url}/#room=away`);
  await tab.getByLabel('Your name').fill('Ann');
  wire.cut();
  await press(tab, 'Join');
  await tab.getByRole('alert').getByText('The server cannot be reached.').waitFor();
  wire.mend();
  await press(tab, 'Join');
  await inCall(tab);
});
