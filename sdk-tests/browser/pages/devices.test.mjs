// The preview, and what the page says when a camera or microphone is not to be had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until, WITHIN } from '../../lib/wait.mjs';
import { setHouse } from './house.mjs';
import { assertHears, assertPlays, isMuted, join, openTab, press, refuseDevices, seesAll, tile } from './meet.mjs';

let server;
let browser;
setHouse('pages-devices', (house) => {
  ({ server, browser } = house);
});

const open = (room, init) => openTab(browser, `${server.http}/#room=${room}`, { init });

test('before joining one sees and hears oneself, and chooses', async () => {
  const { tab, complaints } = await open('preview');
  const preview = tab.getByRole('region', { name: 'Preview' });
  await assertPlays(tab, preview);
  const level = preview.getByRole('meter', { name: 'Microphone level' }).first();
  await until('the meter moves', () => level.evaluate(({ value }) => value > 0.3), { ...WITHIN, every: 20 });

  await preview.getByText('Choose devices').click();
  const cameras = preview.getByLabel('Camera', { exact: true }).last().locator('option');
  await cameras.filter({ hasText: 'fake' }).first().waitFor({ state: 'attached' });
  const microphone = preview.getByRole('combobox', { name: 'Microphone' });
  // The fake devices are three microphones.
  const microphones = await until(
    'the microphones are listed',
    async () => {
      const count = await microphone.locator('option').count();
      return count >= 2 && count;
    },
    WITHIN,
  );
  await microphone.selectOption({ index: microphones - 1 });
  await until('the other microphone is in use', () => level.evaluate(({ value }) => value > 0.3), { ...WITHIN, every: 20 });
  assert.ok(await preview.getByRole('combobox', { name: 'Speaker' }).count());

  await preview.getByRole('button', { name: 'Camera', exact: true }).click();
  await preview.getByText('Your camera is off').waitFor();
  await preview.getByRole('button', { name: 'Microphone', exact: true }).click();
  await join(tab, 'Ann');
  await until('she comes in muted', () => isMuted(tab, 'Ann'), WITHIN);
  assert.equal(await tile(tab, 'Ann').locator('video').count(), 0);

  // In the call: other devices, by the settings.
  await press(tab, 'Camera');
  await assertPlays(tab, tile(tab, 'Ann'));
  await press(tab, 'Settings');
  const dialog = tab.getByRole('dialog', { name: 'Settings' });
  const camera = dialog.getByLabel('Camera', { exact: true });
  const listed = await until('the cameras are listed', () => camera.locator('option').count(), WITHIN);
  await camera.selectOption({ index: listed - 1 });
  await press(tab, 'Done');
  await assertPlays(tab, tile(tab, 'Ann'));
  assert.deepEqual(complaints, []);
});

test('the name and what was off are remembered', async () => {
  const { tab } = await open('remember');
  await tab.getByRole('button', { name: 'Camera', exact: true }).click();
  await join(tab, 'Ann');
  await tab.reload();
  await until('her name is there', async () => (await tab.getByLabel('Your name').inputValue()) === 'Ann', WITHIN);
  await tab.getByText('Your camera is off').waitFor();
});

for (const [name, title] of [
  ['NotAllowedError', 'Camera and microphone are blocked'],
  ['NotFoundError', 'Camera and microphone are not found'],
  ['NotReadableError', 'The camera is in use'],
]) {
  test(`${name} is told in words, and one joins all the same`, async () => {
    const { tab } = await open(name, refuseDevices(name));
    await tab.getByRole('alert').getByText(title).waitFor();
    const { tab: ben } = await open(name);
    await join(ben, 'Ben');
    await join(tab, 'Ann');
    await seesAll(ben, ['Ann', 'Ben']);
    await assertPlays(tab, tile(tab, 'Ben'));
    await assertHears(tab);
  });
}

test('a page without a secure context says why there is no camera', async () => {
  const { tab } = await open('insecure', `Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined });`);
  await tab.getByRole('alert').getByText('Browsers give').first().waitFor();
  await join(tab, 'Ann');
  assert.equal(await tab.getByRole('button', { name: 'Share screen' }).count(), 0);
});

test('a browser that plays nothing by itself is asked to', async () => {
  const { tab } = await open(
    'silent',
    `let asked = false;
     const play = HTMLAudioElement.prototype.play;
     HTMLMediaElement.prototype.play = function () {
       if (this instanceof HTMLVideoElement || asked) return play.call(this);
       asked = true;
       return Promise.reject(new DOMException('no', 'NotAllowedError'));
     };`,
  );
  await join(tab, 'Ann');
  await press(tab, 'Turn sound on');
  await until('the button is gone', async () => !(await tab.getByRole('button', { name: 'Turn sound on' }).count()), WITHIN);
});
