// The pictures of the README: the real pages of the real program, with painted people before their cameras.
import { mkdirSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { goTo, heading, openConsole, row } from './browser/pages/console.mjs';
import { startBrowser } from './browser/chromium.mjs';
import { assertPlays, join, liveSession, openTab, PHONE, press, refuseDevices, seesAll, tile } from './browser/pages/meet.mjs';
import { sdkTests } from './lib/paths.mjs';
import { startServer } from './lib/server.mjs';
import { until, WITHIN } from './lib/wait.mjs';

const ROOM = 'Weekly design review';
const PAINTED = ['Ann Archer', 'Ben Okafor', 'Cara Lindqvist'];
const OTHER = 'Dan Moreau';
const CHAT = [
  ['Ben Okafor', 'Good morning! The drafts are at https://example.com/drafts.'],
  ['Cara Lindqvist', 'The second one is my favourite.'],
  ['Ann Archer', 'Mine too. Shall we look at it together?'],
];
/** Figures of the console's charts need a while to become lines. */
const READINGS = 8;

const folder = joinPath(sdkTests, '../docs/images');
mkdirSync(folder, { recursive: true });
const save = (tab, name) => tab.screenshot({ path: joinPath(folder, `${name}.png`) });

/** Runs in the pages: a camera that sees somebody in soft light, moving a little. */
function paintPeople(names) {
  const looks = [
    { wall: '#cfe3dc', floor: '#b4d0c6', shirt: '#1f6f50', skin: '#e8b996', hair: '#5b3a29' },
    { wall: '#e9dcc9', floor: '#d8c5a9', shirt: '#36506e', skin: '#8d5a3c', hair: '#1f1a17' },
    { wall: '#d9dcef', floor: '#bfc4e0', shirt: '#a5484f', skin: '#f0cba8', hair: '#c99a52' },
  ];
  const camera = () => {
    const look = looks[names.indexOf(localStorage.getItem('screenshot-name'))] ?? looks[0];
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
    const paint = canvas.getContext('2d');
    const disc = (colour, x, y, across, high) => {
      paint.fillStyle = colour;
      paint.beginPath();
      paint.ellipse(x, y, across, high, 0, 0, 7);
      paint.fill();
    };
    let turn = 0;
    setInterval(() => {
      turn += 0.06;
      const x = 320 + 6 * Math.sin(turn);
      paint.fillStyle = look.wall;
      paint.fillRect(0, 0, 640, 300);
      paint.fillStyle = look.floor;
      paint.fillRect(0, 300, 640, 60);
      disc(look.shirt, x, 400, 165, 150);
      disc(look.skin, x, 262, 34, 46);
      disc(look.hair, x, 158, 82, 92);
      disc(look.skin, x, 176, 66, 82);
      disc('#2b2320', x - 24, 168, 6, 7 * (Math.sin(turn * 2) > -0.95));
      disc('#2b2320', x + 24, 168, 6, 7 * (Math.sin(turn * 2) > -0.95));
      disc('#7c3f38', x, 214, 20, 5 + 3 * Math.sin(turn * 5));
    }, 66);
    return canvas.captureStream().getVideoTracks()[0];
  };
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    const media = await getUserMedia.call(this, wanted);
    for (const track of media.getVideoTracks()) {
      track.stop();
      media.removeTrack(track);
      media.addTrack(camera());
    }
    return media;
  };
}

const painted = (name) =>
  `localStorage.setItem('screenshot-name', ${JSON.stringify(name)}); (${paintPeople})(${JSON.stringify(PAINTED)})`;
const withoutCamera = refuseDevices('NotFoundError');

const server = await startServer('screenshots');
const browser = await startBrowser(server);
try {
  const address = `${server.http}/#${new URLSearchParams({ room: ROOM })}`;
  const tabs = {};
  for (const name of [...PAINTED, OTHER]) {
    const init = name === OTHER ? withoutCamera : painted(name);
    tabs[name] = (await openTab(browser, address, { init, colorScheme: 'light' })).tab;
    await join(tabs[name], name);
  }
  const ann = tabs[PAINTED[0]];
  await seesAll(ann, [...PAINTED, OTHER]);
  for (const name of PAINTED) await assertPlays(ann, tile(ann, name));
  for (const tab of Object.values(tabs)) await press(tab, 'Chat');
  for (const [name, text] of CHAT) {
    await tabs[name].getByLabel('Message', { exact: true }).fill(text);
    await tabs[name].keyboard.press('Enter');
    await ann.getByRole('log', { name: 'Messages' }).getByText(text.slice(0, 20)).waitFor();
  }
  await dismiss(ann);
  await save(ann, 'call-light');
  await ann.emulateMedia({ colorScheme: 'dark' });
  await save(ann, 'call-dark');

  const { session } = await liveSession(server, ROOM);
  for (const colorScheme of ['light', 'dark']) {
    const { tab } = await openConsole(browser, server, { colorScheme, viewport: { width: 1280, height: 800 } });
    let readings = 0;
    tab.on('response', (response) => (readings += Number(response.url().endsWith('/metrics'))));
    await until('the charts have lines', () => readings >= READINGS, WITHIN);
    await save(tab, `console-${colorScheme}`);
    await goTo(tab, `#/sessions/${session.id}`);
    await row(tab, 'People in the session', OTHER).waitFor();
    await heading(tab, `Session in ${ROOM}`).waitFor();
    await save(tab, `session-${colorScheme}`);
    await tab.context().close();
  }

  await tabs[OTHER].context().close();
  const { tab: phone } = await openTab(browser, address, { ...PHONE, init: withoutCamera, colorScheme: 'light' });
  await join(phone, OTHER);
  await seesAll(phone, [...PAINTED, OTHER]);
  for (const name of PAINTED) await assertPlays(phone, tile(phone, name));
  await dismiss(phone);
  await save(phone, 'phone-light');
  await phone.emulateMedia({ colorScheme: 'dark' });
  await save(phone, 'phone-dark');
} finally {
  await browser.close();
  await server.stop();
}

/** Takes the notes of the page away. */
async function dismiss(tab) {
  for (const note of await tab.getByRole('button', { name: 'Dismiss' }).all()) await note.click();
}
