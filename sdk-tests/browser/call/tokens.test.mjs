// Tokens during a call: a new one in time loses nothing, and none ends it for oneself alone.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { until } from '../../lib/wait.mjs';
import { refusal } from '../socket.mjs';
import { setStage } from './stage.mjs';

const SHORT = { token_ttl_secs: 12 };
const AT_ONCE_MS = 3_000;

const stage = setStage('call-tokens');
afterEach(() => stage.clear());

const expired = ({ tokens }) => until('the token ran out', () => Date.now() > Date.parse(tokens.token_expires_at), { within: 15_000 });

test('the call goes on with a new token', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice', { ttls: SHORT });
  const bob = await stage.join(room, 'bob');
  await alice.do('updateClientToken', await stage.refresh(room, alice.tokens.refresh_token));
  await alice.publish();
  await bob.subscribe(alice);
  await bob.sees(alice);
  await expired(alice);
  await bob.sees(alice);
  await bob.hears(alice);
  await alice.update({ audio: false });
  await bob.told('track_disabled', alice.id, 'self', 'audio');
  assert.equal(alice.socket.closeCode, undefined);
});

test('a token that runs out ends it, and the others see it leave', async () => {
  const room = await stage.makeRoom();
  const alice = await stage.join(room, 'alice', { ttls: SHORT });
  const bob = await stage.join(room, 'bob');
  await alice.publish();
  await bob.subscribe(alice);
  await bob.sees(alice);
  await expired(alice);
  await alice.told('disconnected', 'session_terminated');
  assert.equal(refusal(alice.socket), 401);
  await bob.until('told of it at once', async () => (await bob.events('participant_left')).length > 0, { within: AT_ONCE_MS });
  assert.deepEqual(await bob.events('participant_left'), [[alice.id]]);
  await bob.hears();
  assert.equal((await bob.state()).status, 'connected');
});
