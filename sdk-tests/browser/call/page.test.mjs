// The page at `/`: a first tab with the key that `greenroom dev` prints, a second one with the invite link.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JWT, rememberSecrets } from '../../lib/record.mjs';
import { makeApiKey, startServer } from '../../lib/server.mjs';
import { until } from '../../lib/wait.mjs';
import { startBrowser } from '../chromium.mjs';
import { installLab } from './lab.mjs';

const WITHIN = { within: 20_000, every: 100 };

let server;
let browser;
before(async () => {
  server = await startServer('call-page');
  browser = await startBrowser(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A tab on the page, and whatever it complained about. */
async function openTab(url, init = () => {}) {
  const tab = await browser.newPage();
  const complaints = [];
  tab.on('pageerror', (error) => complaints.push(error.message));
  tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  tab.on('response', rememberTokens);
  await tab.addInitScript(installLab);
  await tab.addInitScript(init);
  await tab.goto(url);
  return { tab, complaints };
}

async function rememberTokens(response) {
  if (!response.url().includes('/actions/')) return;
  const text = await response.text().catch(() => '');
  rememberSecrets(...(text.match(JWT) ?? []));
}

const withKey = () => `${server.http}/#key=${server.apiKey}`;
const press = (tab, name) => tab.getByRole('button', { name, exact: true }).click();
const tile = (tab, name) =>
  tab.getByLabel('People').getByRole('listitem').filter({ has: tab.getByText(name, { exact: true }) });
const people = (tab) => tab.locator('#tiles .name').allTextContents();

async function join(tab, name, room) {
  await tab.getByLabel('Your name').fill(name);
  if (room) await tab.getByLabel('Room, new or known').fill(room);
  await press(tab, 'Join');
  await tab.getByRole('button', { name: 'Leave' }).waitFor();
}

async function inviteLink(tab) {
  await press(tab, 'Invite link');
  const field = tab.getByLabel('Whoever opens this link');
  await until('there is a link', () => field.inputValue(), WITHIN);
  return field.inputValue();
}

/** The tile's picture moves and is not black. */
async function assertPlays(tab, name) {
  const video = await tile(tab, name).locator('video').elementHandle();
  await until(`a picture on the tile of ${name}`, () => video.evaluate(({ srcObject }) => srcObject), WITHIN);
  const seen = await video.evaluateHandle(({ srcObject }) => lab.watch(srcObject.getVideoTracks()[0]));
  await until(`the tile of ${name} plays`, () => seen.evaluate(({ frames, brightness }) => frames > 10 && brightness > 20), WITHIN);
}

/** The fake microphone beeps: there is energy around it, and silence without it. */
async function assertHears(tab) {
  const listening = await tab.evaluateHandle(async () => {
    const { srcObject } = document.getElementById('mix');
    const context = new AudioContext();
    const analyser = new AnalyserNode(context);
    new MediaStreamAudioSourceNode(context, { mediaStream: srcObject }).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    return () => {
      analyser.getFloatTimeDomainData(wave);
      return Math.max(...wave);
    };
  });
  await until('a beep', () => listening.evaluate((peak) => peak() > 0.05), WITHIN);
}

test('two tabs meet in a call', async () => {
  const { tab: ann, complaints } = await openTab(withKey());
  assert.equal(ann.url(), `${server.http}/`, 'the key does not stay in the address');
  await join(ann, 'Ann', 'standup');
  const link = await inviteLink(ann);
  assert.ok(!link.includes(server.apiKey), 'a guest gets no key');
  const { tab: ben, complaints: bensComplaints } = await openTab(link);
  assert.equal(ben.url(), `${server.http}/`);
  await join(ben, 'Ben');

  await until('both see both', async () => (await people(ann)).length === 2 && (await people(ben)).length === 2, WITHIN);
  assert.deepEqual(await people(ann), ['Ann (you)', 'Ben']);
  assert.deepEqual((await people(ben)).sort(), ['Ann', 'Ben (you)']);
  await assertPlays(ann, 'Ben');
  await assertPlays(ben, 'Ann');
  await assertPlays(ben, 'Ben (you)');
  await assertHears(ann);
  await assertHears(ben);

  await ann.getByLabel('Message', { exact: true }).fill('Good morning, ☕ <b>?');
  await ann.keyboard.press('Enter');
  for (const tab of [ann, ben]) {
    await tab.getByRole('log').getByText('Ann: Good morning, ☕ <b>?').waitFor();
  }

  const state = (tab) => tile(tab, 'Ann').locator('.state').textContent();
  await until('Ann is heard', async () => (await state(ben)) === '', WITHIN);
  await press(ann, 'Microphone');
  await until('Ann is muted', async () => (await state(ben)) === 'muted', WITHIN);
  await press(ann, 'Camera');
  await until('her picture is gone', () => tile(ben, 'Ann').evaluate(({ classList }) => !classList.contains('seen')), WITHIN);
  await press(ann, 'Camera');
  await until('her picture is back', () => tile(ben, 'Ann').evaluate(({ classList }) => classList.contains('seen')), WITHIN);

  await press(ann, 'Share screen');
  await until('her screen is there', async () => (await people(ben)).includes('Ann: screen'), WITHIN);
  await assertPlays(ben, 'Ann: screen');
  await press(ann, 'Share screen');
  await until('her screen is gone', async () => (await people(ben)).length === 2, WITHIN);

  await press(ben, 'Leave');
  await until('Ben has left', async () => (await people(ann)).length === 1, WITHIN);
  assert.deepEqual([...complaints, ...bensComplaints], []);
});

test('without camera and microphone one joins as a listener, and a reload keeps the invitation', async () => {
  const { tab: ann } = await openTab(withKey());
  await join(ann, 'Ann', 'audience');
  const refuse = () => {
    MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  };
  const { tab: ben } = await openTab(await inviteLink(ann), refuse);
  await ben.reload();
  await join(ben, 'Ben');
  assert.match(await ben.getByRole('alert').textContent(), /^No camera or microphone/);
  await assertPlays(ben, 'Ann');
  await assertHears(ben);
  await until('Ben is there', async () => (await people(ann)).includes('Ben'), WITHIN);
});

test('a key that is not one is asked for again', async () => {
  const { tab } = await openTab(`${server.http}/#key=${makeApiKey()}`);
  await tab.getByRole('alert').filter({ hasText: /./ }).waitFor();
  await tab.getByLabel('API key').fill(server.apiKey);
  await press(tab, 'Go on');
  await join(tab, 'Ann', 'standup');
});

test('an invitation to nowhere is told as such', async () => {
  const nowhere = new URLSearchParams({ room: crypto.randomUUID(), refresh: 'nothing' });
  const { tab } = await openTab(`${server.http}/#${nowhere}`);
  await tab.getByLabel('Your name').fill('Eve');
  await press(tab, 'Join');
  await tab.getByRole('alert').getByText('This opens no room').waitFor();
});
