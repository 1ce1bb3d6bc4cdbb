// Tabs on the Meet page, and what people do there.
import assert from 'node:assert/strict';
import { JWT, rememberSecrets } from '../../lib/record.mjs';
import { until, WITHIN } from '../../lib/wait.mjs';
import { installLab } from '../call/lab.mjs';

const LIMIT_MS = WITHIN.within;

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** Several people share one machine's processors: their cameras give small pictures, and few of them. */
function smallCameras() {
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = function (wanted) {
    const { deviceId } = Object(wanted.video);
    const small = { width: 320, height: 180, frameRate: 10, ...(deviceId && { deviceId }) };
    return getUserMedia.call(this, { ...wanted, ...(wanted.video && { video: small }) });
  };
}

/** For `init`: a page to which the browser gives no camera and no microphone, with this `DOMException`. */
export const refuseDevices = (name) =>
  `MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('no', '${name}'));`;

/** A tab on a page, what it complained about, and which hosts it asked for anything. */
export async function openTab(browser, url, { init, ...options } = {}) {
  const tab = await browser.newPage({ ...DESKTOP, reducedMotion: 'reduce', ...options });
  tab.setDefaultTimeout(LIMIT_MS);
  const complaints = [];
  const hosts = new Set();
  tab.on('pageerror', (error) => complaints.push(error.stack));
  tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  tab.on('request', (request) => hosts.add(new URL(request.url()).host));
  tab.on('websocket', (socket) => hosts.add(new URL(socket.url()).host));
  tab.on('response', rememberTokens);
  await tab.addInitScript(installLab);
  await tab.addInitScript(`(${smallCameras})()`);
  if (init) await tab.addInitScript(init);
  await tab.goto(url);
  return { tab, complaints, hosts };
}

async function rememberTokens(response) {
  if (!/\/actions\/|\/visit$/.test(response.url())) return;
  const text = await response.text().catch(() => '');
  rememberSecrets(...(text.match(JWT) ?? []));
}

export const press = (tab, name) => tab.getByRole('button', { name, exact: true }).click();
export const tile = (tab, name) => tab.locator(`[data-person="${name}"]`);
export const screenOf = (tab, name) => tab.locator(`[data-screen="${name}"]`);
export const people = (tab) => tab.locator('[data-person]').evaluateAll((tiles) => tiles.map(({ dataset }) => dataset.person));

/** Fills in what the page asks for, and joins. */
export async function join(tab, name, room) {
  if (room) await tab.getByLabel('Room', { exact: true }).fill(room);
  await tab.getByLabel('Your name').fill(name);
  await press(tab, 'Join');
  await inCall(tab);
}

export const inCall = (tab) => tab.locator("[data-person]").first().waitFor();

export const seesAll = (tab, names) =>
  until(
    `${names} are there`,
    async () => JSON.stringify((await people(tab)).sort()) === JSON.stringify([...names].sort()),
    WITHIN,
  );

/** The picture of a tile moves and is not black. */
export async function assertPlays(tab, place) {
  const video = place.locator('video');
  await until('there is a picture', () => video.count(), WITHIN);
  const element = await video.elementHandle();
  await until('the picture has a track', () => element.evaluate(({ srcObject }) => Boolean(srcObject)), WITHIN);
  const seen = await element.evaluateHandle(({ srcObject }) => lab.watch(srcObject.getVideoTracks()[0]));
  const plays = () => seen.evaluate(({ frames, brightness }) => frames > 5 && brightness > 20);
  await until('the picture plays', plays, WITHIN);
}

/** The fake microphones beep: there is energy in what the page plays. */
export async function assertHears(tab) {
  const element = await tab.locator('#sound').elementHandle();
  await until('there is sound', () => element.evaluate(({ srcObject }) => Boolean(srcObject)), WITHIN);
  const listening = await element.evaluateHandle(({ srcObject }) => {
    const context = new AudioContext();
    // Long enough for a beep to be in it whenever one looks.
    const analyser = new AnalyserNode(context, { fftSize: 32_768 });
    new MediaStreamAudioSourceNode(context, { mediaStream: srcObject }).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    return () => {
      analyser.getFloatTimeDomainData(wave);
      return Math.max(...wave);
    };
  });
  await until('a beep', () => listening.evaluate((peak) => peak() > 0.05), { ...WITHIN, every: 50 });
}

export const isMuted = (tab, name) => tile(tab, name).locator('.microphone.off').count();

/** All that the page asked for came from one host. */
export function assertOneHost({ hosts, tab }) {
  assert.deepEqual([...hosts], [new URL(tab.url()).host]);
}

/** Calls the REST API with the server's key. */
export async function rest(server, method, path, body) {
  const response = await fetch(`${server.baseURL}${path}`, {
    method,
    headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  return response.status === 204 ? undefined : (await response.json()).data;
}

/** The session that goes on in a room, with the people of it. */
export async function liveSession(server, roomName) {
  const [room] = await rest(server, 'GET', `/rooms?filter[unique_name]=${encodeURIComponent(roomName)}`);
  const session = await until('there is a session', async () => {
    const [found] = await rest(server, 'GET', `/rooms/${room.id}/sessions?filter[active]=true`);
    return found;
  }, WITHIN);
  const participants = await rest(server, 'GET', `/room_sessions/${session.id}/participants`);
  const idOf = (name) => participants.find(({ context, left_at }) => !left_at && JSON.parse(context).username === name).id;
  return { room, session, idOf };
}
