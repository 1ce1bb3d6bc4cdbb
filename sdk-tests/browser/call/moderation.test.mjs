// Kick, mute, unmute and end with the vendor's server SDK, as both sides see them.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { refusal } from '../socket.mjs';
import { startInitialize } from '../sdk.mjs';
import { setStage } from './stage.mjs';

const stage = setStage('call-moderation');
afterEach(() => stage.clear());

const actions = () => stage.telnyx.rooms.sessions.actions;

/** People in a room who all publish, and the session they are in. */
async function meeting(...names) {
  const room = await stage.makeRoom();
  const people = [];
  for (const name of names) people.push(await stage.join(room, name));
  for (const person of people) await person.publish();
  return [await stage.session(room, people.length), ...people];
}

test('who is kicked is gone, and stays out', async () => {
  const [session, alice, bob] = await meeting('alice', 'bob');
  await alice.subscribe(bob);
  await alice.sees(bob);
  await alice.hears(bob);

  assert.deepEqual((await actions().kick(session.id, { participants: [bob.id] })).data, { result: 'ok' });

  await bob.told('participant_leaving', bob.id, 'kicked');
  await bob.told('disconnected', 'session_terminated');
  await alice.told('participant_leaving', bob.id, 'kicked');
  await alice.told('stream_unpublished', bob.id, 'self');
  await alice.told('participant_left', bob.id);
  await alice.hears();
  assert.equal((await alice.state()).people.length, 1);
  const { data } = await stage.telnyx.roomParticipants.retrieve(bob.id);
  assert.ok(data.left_at);

  await assert.rejects(stage.refresh(bob.room, bob.tokens.refresh_token), (error) => error.status === 403);
  const { page, socket } = await stage.browser.openPage();
  await startInitialize(page, bob.room, bob.tokens.token);
  await alice.until('the door stays shut', () => socket.closeCode);
  assert.deepEqual([refusal(socket), socket.closeCode], [403, 4000]);
  await page.close();

  const again = await stage.join(bob.room, 'bob');
  await alice.told('participant_joined', again.id);
});

test('all are kicked but one', async () => {
  const [session, alice, bob, carol] = await meeting('alice', 'bob', 'carol');
  await actions().kick(session.id, { participants: 'all', exclude: [alice.id] });
  for (const kicked of [bob, carol]) {
    await kicked.told('participant_leaving', kicked.id, 'kicked');
    await kicked.told('disconnected', 'session_terminated');
    await alice.told('participant_left', kicked.id);
  }
  assert.deepEqual(await alice.events('disconnected'), []);
  assert.equal((await stage.session(alice.room)).id, session.id);
});

test('who is muted is not heard by anybody until unmuted', async () => {
  const [session, alice, bob] = await meeting('alice', 'bob');
  await alice.subscribe(bob);
  await alice.hears(bob);
  await alice.hearsStreamOf(bob);
  await bob.hears(alice);

  await actions().mute(session.id, { participants: [bob.id] });
  await alice.told('track_censored', bob.id, 'self', 'audio');
  await bob.told('track_censored', bob.id, 'self', 'audio');
  await alice.hears();
  await alice.hearsStreamOf(bob, false);
  await bob.hears(alice);
  await alice.sees(bob);

  const carol = await stage.join(alice.room, 'carol');
  await carol.hears(alice);
  await carol.subscribe(bob);
  await carol.hearsStreamOf(bob, false);
  const [{ isAudioCensored }] = (await carol.state()).streams.filter(({ participantId }) => participantId === bob.id);
  assert.equal(isAudioCensored, true, 'who comes later is told');

  await actions().unmute(session.id, { participants: [bob.id] });
  await alice.told('track_uncensored', bob.id, 'self', 'audio');
  await alice.hears(bob);
  await alice.hearsStreamOf(bob);
  await carol.hears(alice, bob);
});

test('a session is ended', async () => {
  const [session, alice, bob] = await meeting('alice', 'bob');
  assert.deepEqual((await actions().end(session.id)).data, { result: 'ok' });
  for (const person of [alice, bob]) await person.told('disconnected', 'session_terminated');

  const { data } = await stage.telnyx.rooms.sessions.retrieve(session.id, { include_participants: true });
  assert.equal(data.active, false);
  assert.ok(data.ended_at);
  for (const participant of data.participants) assert.ok(participant.left_at, participant.context);
  await assert.rejects(actions().end(session.id), (error) => error.status === 422 && /ended/.test(error.message));
  await assert.rejects(actions().mute(session.id, { participants: 'all' }), (error) => error.status === 422);

  const again = await stage.join(alice.room, 'alice');
  assert.notEqual((await stage.session(again.room)).id, session.id, 'the room is there for the next one');
});

test('somebody who is not there cannot be kicked', async () => {
  const [session, alice] = await meeting('alice');
  const stranger = '00000000-0000-4000-8000-000000000000';
  const isRefused = (error) => error.status === 422 && error.message.includes(stranger);
  await assert.rejects(actions().kick(session.id, { participants: [alice.id, stranger] }), isRefused);
  assert.deepEqual(await alice.events('disconnected'), []);
  await stage.session(alice.room);
});
