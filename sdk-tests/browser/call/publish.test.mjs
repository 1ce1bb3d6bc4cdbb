// Publishing: what is published is really seen and heard by others, and by nobody any more once it is taken back.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setStage } from './stage.mjs';

const stage = setStage('call-publish');
afterEach(() => stage.clear());

/** Two people in a room of their own. */
async function pair() {
  const room = await stage.makeRoom();
  return [await stage.join(room, 'alice'), await stage.join(room, 'bob')];
}

test('a picture and a voice reach the other, and the voice does not come back', async () => {
  const [alice, bob] = await pair();
  await alice.publish();
  await alice.told('stream_published', alice.id, 'self');
  await bob.told('stream_published', alice.id, 'self');
  await bob.subscribe(alice);
  await bob.told('subscription_started', alice.id, 'self');
  const { width, height } = await bob.sees(alice);
  assert.ok(width > 0 && width * 9 === height * 16, `${width}x${height}`);
  await bob.hears(alice);
  await alice.hears();
  const [{ isConfigured, isAudioEnabled, isVideoEnabled }] = (await alice.state()).streams;
  assert.deepEqual({ isConfigured, isAudioEnabled, isVideoEnabled }, { isConfigured: true, isAudioEnabled: true, isVideoEnabled: true });
  assert.equal((await bob.events('stream_published')).length, 1);

  const [inbound] = await bob.do('reports', alice.id, 'self', 'receivers', 'video', 'inbound-rtp');
  assert.ok(inbound.framesDecoded > 0 && inbound.keyFramesDecoded > 0, JSON.stringify(inbound));
  const [voice] = await bob.do('reports', alice.id, 'self', 'receivers', 'audio', 'inbound-rtp');
  assert.ok(voice.packetsReceived > 0, 'the stream carries the voice too');
});

test('with simulcast, several layers are sent and one arrives', async () => {
  const [alice, bob] = await pair();
  await alice.publish({ size: { width: 1280, height: 720 }, simulcast: true });
  await bob.subscribe(alice);
  await bob.sees(alice);
  await alice.until('sends all three layers', async () => {
    const sent = await alice.do('reports', alice.id, 'self', 'senders', 'video', 'outbound-rtp');
    const flowing = sent.filter(({ framesSent }) => framesSent > 0).map(({ rid }) => rid);
    return flowing.sort().join() === 'h,l,m';
  });
  const { width } = await bob.sees(alice);
  assert.ok([320, 640, 1280].includes(width), `${width} pixels wide`);
});

test('without tracks there is a stream with nothing in it, until tracks come', async () => {
  const [alice, bob] = await pair();
  await alice.publish({ audio: false, video: false });
  await bob.subscribe(alice);
  const flags = async () => {
    const [{ isAudioEnabled, isVideoEnabled }] = (await bob.state()).streams;
    return [isAudioEnabled, isVideoEnabled];
  };
  assert.deepEqual(await flags(), [false, false]);
  await bob.hears();
  await alice.update({});
  await bob.told('track_enabled', alice.id, 'self', 'audio');
  await bob.told('track_enabled', alice.id, 'self', 'video');
  assert.deepEqual(await flags(), [true, true]);
  await bob.sees(alice);
  await bob.hears(alice);
});

test('mute and unmute are told once each, and hold what they say', async () => {
  const [alice, bob] = await pair();
  await alice.publish();
  await bob.subscribe(alice);
  await bob.sees(alice);
  await bob.hears(alice);

  await alice.update({ audio: false });
  await bob.told('track_disabled', alice.id, 'self', 'audio');
  await bob.hears();
  await bob.sees(alice);
  await alice.update({ video: false });
  await bob.told('track_disabled', alice.id, 'self', 'video');
  await alice.update({});
  await bob.told('track_enabled', alice.id, 'self', 'audio');
  await bob.told('track_enabled', alice.id, 'self', 'video');
  await bob.hears(alice);
  await bob.sees(alice);
  for (const [kind, count] of [['track_disabled', 2], ['track_enabled', 2], ['stream_published', 1]]) {
    assert.equal((await bob.events(kind)).length, count, kind);
  }
});

// The voice is not looked at in between: the SDK goes on sending it to the mixed audio.
test('a stream that is taken back is gone for the others, and can come again', async () => {
  const [alice, bob] = await pair();
  await alice.publish();
  await bob.subscribe(alice);
  await bob.sees(alice);
  await bob.hears(alice);
  await alice.do('removeStream', 'self');
  await bob.told('subscription_ended', alice.id, 'self');
  await bob.told('stream_unpublished', alice.id, 'self');
  assert.deepEqual((await bob.state()).streams, []);

  await alice.publish();
  await bob.subscribe(alice);
  await bob.sees(alice);
  await bob.hears(alice);
});

test('camera and screen of one person are two streams', async () => {
  const [alice, bob] = await pair();
  const SCREEN_HUE = 300;
  await alice.publish();
  await alice.do('addStream', 'presentation', { hue: SCREEN_HUE });
  await bob.subscribe(alice);
  await bob.subscribe(alice, { key: 'presentation' });
  await bob.sees(alice);
  await bob.sees(alice, { key: 'presentation', hue: SCREEN_HUE });
  await alice.do('removeStream', 'presentation');
  await bob.told('stream_unpublished', alice.id, 'presentation');
  await bob.sees(alice);
});

test('who speaks is told, by the mix and by the stream', async () => {
  const [alice, bob] = await pair();
  await alice.publish();
  await bob.told('audio_activity', alice.id, null);
  await bob.told('audio_activity', alice.id, 'self');
  assert.equal((await bob.events('audio_activity')).filter(([id]) => id !== alice.id).length, 0, 'nobody else spoke');
});
