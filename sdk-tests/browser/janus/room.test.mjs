// The `janus-gateway` client from npm: a plain video room between pages. Besides the URL with the room in it, all that is
// Greenroom's own is the client token in each frame (client.mjs, `socketWithToken`).
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startServer } from '../../lib/server.mjs';
import { until } from '../../lib/wait.mjs';
import { bundleJanus } from '../bundle.mjs';
import { TONES_HZ, installLab } from '../call/lab.mjs';
import { startBrowser } from '../chromium.mjs';
import { backEnd } from '../rest.mjs';
import { installClient } from './client.mjs';

const WITHIN = { within: 15_000, every: 50 };
const QUIET_HZ = 3_000;
const STANDS_OUT_DB = 25;
const ANN = { tone: TONES_HZ[0], hue: 0 };
const BEN = { tone: TONES_HZ[1], hue: 120 };
const CAM = { tone: TONES_HZ[2], hue: 240 };

let server;
let browser;
let rest;
let library;
let pages = [];
before(async () => {
  server = await startServer('janus-room');
  browser = await startBrowser(server);
  rest = backEnd(server);
  library = await bundleJanus();
});
afterEach(async () => {
  await Promise.all(pages.map((page) => page.close()));
  pages = [];
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Somebody with a session in the room and a handle `main` on the video room; `client` is `window.client` of the page. */
async function visit(room) {
  const { token } = await rest.makeTokens(room);
  const { page } = await browser.openPage();
  pages.push(page);
  await page.addScriptTag({ content: library });
  for (const script of [installLab, installClient]) await page.evaluate(script);
  const client = new Proxy(
    {},
    { get: (_, what) => (...args) => page.evaluate(([what, args]) => client[what](...args), [what, args]) },
  );
  await client.open(`${server.http.replace('http', 'ws')}/${room}/janus`, { token });
  await client.attach('main');
  return { page, client };
}

const join = (room, display) => ({ request: 'join', ptype: 'publisher', room, display });
const joinAndConfigure = (room, display) => ({ ...join(room, display), request: 'joinandconfigure', audio: true, video: true });

const canEncode = ({ page }, codec) =>
  page.evaluate((wanted) => {
    const { codecs } = RTCRtpSender.getCapabilities('video');
    return codecs.some(({ mimeType }) => mimeType.toLowerCase() === wanted);
  }, `video/${codec}`);

/** A handle of its own, subscribed to all that a publisher publishes. */
async function watch({ client }, name, room, { id, streams }) {
  await client.attach(name);
  const wanted = streams.map(({ mid }) => ({ feed: id, mid }));
  return client.subscribe(name, { request: 'join', ptype: 'subscriber', room, streams: wanted }, { videoroom: 'attached' }, room);
}

async function assertSees({ page, client }, name, feed, { hue }) {
  await until('there is a track', () => client.has(name, feed, 'video'), WITHIN);
  const seen = await page.evaluateHandle(([name, feed]) => client.watch(name, feed), [name, feed]);
  const isRight = async () => {
    const now = await seen.jsonValue();
    return now.frames > 8 && now.brightness > 20 && Math.abs(((now.hue - hue + 540) % 360) - 180) < 25;
  };
  await until('the picture moves', isRight, WITHIN);
}

async function assertHears({ client }, name, feed, { tone }) {
  await until('there is a track', () => client.has(name, feed, 'audio'), WITHIN);
  const stands = async () => (await client.loudness(name, feed, tone)) - (await client.loudness(name, feed, QUIET_HZ));
  await until('the tone stands out', async () => (await stands()) > STANDS_OUT_DB, WITHIN);
}

test('two pages publish, and see and hear each other', async () => {
  const room = await rest.makeRoom();
  const [ann, ben] = [await visit(room), await visit(room)];
  const { publishers } = await ann.client.ask('main', join(room, 'Ann'), { videoroom: 'joined' });
  assert.deepEqual(publishers, []);
  const configured = await ann.client.publish('main', { request: 'publish', audio: true, video: true }, { configured: 'ok' }, ANN);
  assert.deepEqual(configured.streams.map(({ type, mid, codec }) => [type, mid, codec]), [['audio', '0', 'opus'], ['video', '1', 'vp8']]);

  const joined = await ben.client.publish('main', joinAndConfigure(room, 'Ben'), { videoroom: 'joined' }, BEN);
  const [annPublishes] = joined.publishers;
  assert.equal(annPublishes.display, 'Ann');
  await watch(ben, 'ann', room, annPublishes);
  const { publishers: news } = await ann.client.take('main', { publishers: '*' });
  assert.deepEqual(news.map(({ id, display }) => [id, display]), [[joined.id, 'Ben']]);
  await watch(ann, 'ben', room, news[0]);
  await assertSees(ben, 'ann', annPublishes.id, ANN);
  await assertSees(ann, 'ben', joined.id, BEN);
  await assertHears(ben, 'ann', annPublishes.id, ANN);
  await assertHears(ann, 'ben', joined.id, BEN);
});

for (const codec of ['vp9', 'h264', 'av1']) {
  test(`two pages see each other in ${codec}`, async (t) => {
    const room = await rest.makeRoom();
    const [ann, ben] = [await visit(room), await visit(room)];
    if (!(await canEncode(ann, codec))) {
      t.skip(`this browser says that it cannot encode ${codec}`);
      return;
    }
    await ann.client.ask('main', join(room, 'Ann'), { videoroom: 'joined' });
    const publish = { request: 'publish', audio: true, video: true };
    const { streams } = await ann.client.publish('main', publish, { configured: 'ok' }, { ...ANN, codec });
    assert.equal(streams.find(({ type }) => type === 'video').codec, codec);
    const joined = await ben.client.publish('main', joinAndConfigure(room, 'Ben'), { videoroom: 'joined' }, { ...BEN, codec });
    await watch(ben, 'ann', room, joined.publishers[0]);
    const { publishers } = await ann.client.take('main', { publishers: '*' });
    await watch(ann, 'ben', room, publishers[0]);
    await assertSees(ben, 'ann', joined.publishers[0].id, ANN);
    await assertSees(ann, 'ben', joined.id, BEN);
    for (const [who, whom] of [[ben, 'ann'], [ann, 'ben']]) {
      const before = await who.client.decoded(whom);
      assert.equal(before.codec, `video/${codec}`);
      await until('frames are decoded', async () => (await who.client.decoded(whom)).frames >= before.frames + 8, WITHIN);
    }
  });
}

test('what a room can be asked', async () => {
  const room = await rest.makeRoom();
  const [ann, ben] = [await visit(room), await visit(room)];
  const { id } = await ann.client.publish('main', joinAndConfigure(room, 'Ann'), { videoroom: 'joined' }, ANN);
  const exists = await ben.client.ask('main', { request: 'exists', room }, {});
  assert.deepEqual([exists.videoroom, exists.exists], ['success', true]);
  const known = await until('the list has a publisher', async () => {
    const { participants } = await ben.client.ask('main', { request: 'listparticipants', room }, {});
    return participants.some(({ publisher }) => publisher) && participants;
  }, WITHIN);
  assert.deepEqual(known.map(({ id, display }) => [id, display]), [[id, 'Ann']]);
});

test('a stream ends and comes again, and its publisher leaves', async () => {
  const room = await rest.makeRoom();
  const [ann, ben] = [await visit(room), await visit(room)];
  await ben.client.ask('main', join(room, 'Ben'), { videoroom: 'joined' });
  const { id } = await ann.client.publish('main', joinAndConfigure(room, 'Ann'), { videoroom: 'joined' }, ANN);
  await ben.client.take('main', { publishers: '*' });

  const { unpublished } = await ann.client.ask('main', { request: 'unpublish' }, { unpublished: 'ok' });
  assert.equal(unpublished, 'ok');
  await ben.client.take('main', { unpublished: id });
  await until('her connection is cleaned up', () => ann.client.cleanups('main'), WITHIN);
  await ann.client.publish('main', { request: 'publish', audio: true, video: true }, { configured: 'ok' }, ANN);
  const { publishers } = await ben.client.take('main', { publishers: '*' });
  await watch(ben, 'ann', room, publishers[0]);
  await assertSees(ben, 'ann', publishers[0].id, ANN);

  await ann.client.ask('main', { request: 'leave' }, { leaving: 'ok' });
  await ben.client.take('main', { unpublished: id });
  await ben.client.take('main', { leaving: id });
});

test('a subscription pauses and goes on', async () => {
  const room = await rest.makeRoom();
  const [ann, ben] = [await visit(room), await visit(room)];
  await ben.client.ask('main', join(room, 'Ben'), { videoroom: 'joined' });
  await ann.client.publish('main', joinAndConfigure(room, 'Ann'), { videoroom: 'joined' }, ANN);
  const { publishers } = await ben.client.take('main', { publishers: '*' });
  await watch(ben, 'ann', room, publishers[0]);
  await assertSees(ben, 'ann', publishers[0].id, ANN);
  await ben.client.ask('ann', { request: 'pause' }, { paused: 'ok' });
  await ben.client.ask('ann', { request: 'start' }, { started: 'ok' });
  await assertSees(ben, 'ann', publishers[0].id, ANN);
  await ben.client.detach('ann');
});

test('one subscription takes a further feed, and drops it', async () => {
  const room = await rest.makeRoom();
  const [ann, ben, cam] = [await visit(room), await visit(room), await visit(room)];
  await ben.client.ask('main', join(room, 'Ben'), { videoroom: 'joined' });
  await ann.client.publish('main', joinAndConfigure(room, 'Ann'), { videoroom: 'joined' }, ANN);
  const { publishers } = await ben.client.take('main', { publishers: '*' });
  await watch(ben, 'all', room, publishers[0]);
  await assertSees(ben, 'all', publishers[0].id, ANN);

  const { id } = await cam.client.publish('main', joinAndConfigure(room, 'Cam'), { videoroom: 'joined' }, CAM);
  await ben.client.take('main', { publishers: '*' });
  const update = { request: 'update', subscribe: [{ feed: id }] };
  await ben.client.subscribe('all', update, { videoroom: 'updated' }, room);
  await assertSees(ben, 'all', id, CAM);
  await assertSees(ben, 'all', publishers[0].id, ANN);
  await ben.client.subscribe('all', { request: 'update', unsubscribe: [{ feed: id }] }, { videoroom: 'updated' }, room);
  await assertSees(ben, 'all', publishers[0].id, ANN);
});
