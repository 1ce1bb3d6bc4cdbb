// A session in the console, with people on the vendor's SDK in it.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setStage } from '../call/stage.mjs';
import { assertDiscreet, cell, confirm, heading, openConsole, press, row } from './console.mjs';

const stage = setStage('pages-console-session');
afterEach(async (t) => {
  await stage.browser?.closePages(t);
  await stage.clear();
});

test('who is in is shown, muted, kicked and told so', async () => {
  const room = await stage.makeRoom({ unique_name: 'meeting' });
  const alice = await stage.join(room, 'alice');
  const bob = await stage.join(room, 'bob');
  await alice.publish();
  await bob.publish();
  await alice.subscribe(bob);
  await alice.sees(bob);
  const session = await stage.session(room, 2);

  const opened = await openConsole(stage.browser, stage.server, { at: `#/rooms/${room}` });
  const { tab } = opened;
  await tab.getByRole('link', { name: 'Look at it' }).click();
  await heading(tab, 'Session in meeting').waitFor();
  assert.match(tab.url(), new RegExp(`#/sessions/${session.id}$`));
  const of = (name) => row(tab, 'People in the session', name);
  await press(tab, 'Mute bob');
  await confirm(tab, 'Mute bob?', 'Mute');
  await alice.told('track_censored', bob.id, 'self', 'audio');
  await press(tab, 'Unmute bob');
  await confirm(tab, 'Unmute bob?', 'Unmute');
  await alice.told('track_uncensored', bob.id, 'self', 'audio');

  await press(tab, 'Kick bob');
  await tab.getByRole('dialog').getByText('revoked for good').waitFor();
  await confirm(tab, 'Kick bob?', 'Kick');
  await bob.told('participant_leaving', bob.id, 'kicked');
  await bob.told('disconnected', 'session_terminated');
  await of('bob').waitFor({ state: 'detached' });
  await row(tab, 'People who left, the latest first', 'bob').getByText('was kicked').waitFor();
  await assert.rejects(stage.refresh(room, bob.tokens.refresh_token), (error) => error.status === 403);
  await stage.session(room, 1);

  await press(tab, 'End session');
  await confirm(tab, 'End the session?', 'End session');
  await alice.told('disconnected', 'session_terminated');
  await tab.getByText('ended by a request').waitFor();
  await row(tab, 'People who left, the latest first', 'alice').getByText('the session was ended').waitFor();
  await tab.getByRole('link', { name: 'All sessions of the room' }).click();
  await tab.getByText('Nobody is in the room now.').waitFor();
  await row(tab, 'Sessions, newest first', 'ended by a request').waitFor();
  assertDiscreet(opened, stage.server);
});

test('how well it goes for two people in a call is told in figures', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice');
  const bob = await stage.join(room, 'bob');
  await alice.publish({ size: { width: 1280, height: 720 }, simulcast: true });
  await bob.publish();
  await alice.subscribe(bob);
  await bob.subscribe(alice);
  await alice.sees(bob);
  await bob.sees(alice);
  const session = await stage.session(room, 2);
  const { tab } = await openConsole(stage.browser, stage.server, { at: `#/sessions/${session.id}` });
  const of = (name, title) => cell(row(tab, 'People in the session', name), title);
  /** Pictures and a tone are never less than some kbit/s. */
  const RATE = /^[\d.,]+ [kM]bit\/s$/;
  for (const name of ['alice', 'bob']) {
    await of(name, 'Quality').getByText(/^(good|fair|poor)$/).waitFor();
    await of(name, 'Quality').getByText(/^round trip \d+ ms$/).waitFor();
    await of(name, 'Sends').getByText(RATE).waitFor();
    await of(name, 'Sends').getByText(/^self: picture and sound, \w+/).waitFor();
    await of(name, 'Receives').getByText(RATE).waitFor();
    await of(name, 'Receives').getByText(/^1 stream\b/).waitFor();
    await of(name, 'Name').getByText('talking').waitFor();
  }
  await of('alice', 'Sends').getByText(/layers .*\bl [\d.,]+ k?bit\/s/).waitFor();
  // Whoever takes simulcast is the one whose path is measured.
  await of('bob', 'Receives').getByText(/room for [\d.,]+ [kMG]?bit\/s/).waitFor();
  await stage.telnyx.rooms.sessions.actions.mute(session.id, { participants: [bob.id] });
  await of('bob', 'Name').getByText('muted', { exact: true }).waitFor();
  await of('bob', 'Sends').getByText('sound (muted)').waitFor();
});

test('who comes and goes is seen without a reload', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice');
  const session = await stage.session(room);
  const { tab } = await openConsole(stage.browser, stage.server, { at: `#/sessions/${session.id}` });
  await tab.getByRole('heading', { name: '1 person in it now' }).waitFor();
  const bob = await stage.join(room, 'bob');
  await tab.getByRole('heading', { name: '2 people in it now' }).waitFor();
  await alice.leave();
  await row(tab, 'People who left, the latest first', 'alice').getByText('left by themselves').waitFor();
  await bob.publish({ video: false });
  await bob.hasStream(bob);
  await press(tab, 'Mute all');
  await confirm(tab, 'Mute everybody?', 'Mute');
  await bob.told('track_censored', bob.id, 'self', 'audio');
});
