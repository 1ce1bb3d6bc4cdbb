// The page at `/`: a lobby, then a call. Keys and tokens come behind the `#` of the address, which no server ever sees.
import { Call } from './call.js';
import { clientToken, invite, keepFresh, roomByName, roomNames } from './tokens.js';

/** How long the media connection may take before something must be in its way. */
const MEDIA_LIMIT_MS = 10_000;
const NO_MEDIA =
  'No sound or picture gets through. A firewall seems to block the UDP port of this server: it has to be reachable from here.';

const element = (id) => document.getElementById(id);
const tiles = new Map();
const own = { audio: null, video: null, screen: null };
let pass = takePass();
let call;
let stopRefreshing;
let mediaTimer;

/** What lets one in: `{ key }` or `{ room, refresh, title }`. It is kept for reloads, out of the visible address. */
function takePass() {
  const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (given.key || given.refresh) {
    sessionStorage.setItem('pass', JSON.stringify(given));
    history.replaceState(null, '', location.pathname);
  }
  return JSON.parse(sessionStorage.getItem('pass') ?? '{}');
}

function notice(text) {
  element('notice').textContent = text;
  element('notice').hidden = !text;
}

function show(section) {
  for (const id of ['unlock', 'lobby', 'call']) element(id).hidden = id !== section;
}

async function openLobby() {
  element('where').textContent = '';
  if (!pass.key && !pass.refresh) return show('unlock');
  show('lobby');
  const invited = !pass.key;
  element('choice').hidden = element('room').disabled = invited;
  if (invited) element('invited').textContent = `Join ${pass.title ?? 'the call'}`;
  element('name').focus();
  if (invited) return;
  try {
    const names = await roomNames(pass.key);
    element('rooms').replaceChildren(...names.map((name) => new Option(name)));
  } catch (error) {
    if (error.status === 401) show('unlock');
    throw error;
  }
}

async function join() {
  const name = element('name').value.trim();
  const title = pass.key ? element('room').value.trim() : pass.title;
  const invitation = pass.key ? await invite(pass.key, await roomByName(pass.key, title)) : pass;
  const token = await clientToken(invitation);
  const tracks = await openDevices();
  for (const kind of ['audio', 'video']) hold(kind, tracks[kind]);
  const url = `${location.origin.replace('http', 'ws')}/${invitation.room}/janus`;
  try {
    call = await Call.join(url, token, invitation.room, name, events());
    stopRefreshing = keepFresh(
      invitation,
      (fresh) => call.useToken(fresh),
      () => notice('The invitation has run out or was withdrawn; the call ends in a few minutes.'),
    );
    await call.publish('self', tracks);
  } catch (error) {
    close();
    throw error;
  }
  element('where').textContent = title ?? '';
  element('invite').hidden = !pass.key;
  element('invite').onclick = () => attempt(() => showInvitation(invitation.room, title));
  show('call');
  draw();
  element('text').focus();
}

function events() {
  mediaTimer = setTimeout(() => notice(NO_MEDIA), MEDIA_LIMIT_MS);
  return {
    onchange: () => call && draw(),
    onaudio: (media) => (element('mix').srcObject = media),
    onmedia: (state) => {
      if (state === 'connected' || state === 'failed') clearTimeout(mediaTimer);
      if (state === 'connected' && element('notice').textContent === NO_MEDIA) notice('');
      if (state === 'failed') notice(NO_MEDIA);
    },
    onmessage: (name, text) => addMessage(name, text),
    onproblem: (error) => notice(`A picture cannot be shown: ${error.message}`),
    onend: (why) => {
      close();
      notice(endText(why));
    },
  };
}

function endText({ code, status, kicked }) {
  if (kicked) return 'You were removed from the call.';
  if (status === 401) return 'Your access has expired.';
  if (status === 403) return 'Your access was withdrawn.';
  if (code === 4000) return 'The call was ended: the room is gone, or nothing was heard from this page for a while.';
  if (code === 1001) return 'The server is being stopped.';
  return 'The connection to the server was lost. Join again to go on.';
}

function failureText(error) {
  if (error.status === 403) return 'This opens no room: it is full or gone, or the invitation has run out.';
  return error.message;
}

/** Camera and microphone, or what there is of them; without any one can still see, hear and write. */
async function openDevices() {
  if (!navigator.mediaDevices) {
    notice('Browsers give camera and microphone only to pages on localhost or with https. You are here to watch and listen.');
    return {};
  }
  for (const wanted of [{ audio: true, video: true }, { audio: true }, { video: true }]) {
    try {
      const media = await navigator.mediaDevices.getUserMedia(wanted);
      return { audio: media.getAudioTracks()[0], video: media.getVideoTracks()[0] };
    } catch (error) {
      if (error.name === 'NotAllowedError') break;
    }
  }
  notice('No camera or microphone can be used (none there, or no permission). You are here to watch and listen.');
  return {};
}

/** Keeps track of what is given of one's own, and shows it on its button. */
function hold(kind, track) {
  own[kind]?.stop();
  own[kind] = track ?? null;
  if (track) track.onended = () => call && attempt(() => give(kind, null));
  element(kind).ariaPressed = String(Boolean(track));
}

async function give(kind, track) {
  if (kind !== 'screen') await call.setTrack(kind, track);
  else if (track) await call.publish('presentation', { video: track });
  else call.unpublish('presentation');
  hold(kind, track);
  draw();
}

async function toggle(kind) {
  if (own[kind]) return give(kind, null);
  const { mediaDevices } = navigator;
  if (!mediaDevices) throw new Error('This browser gives that only to pages on localhost or with https.');
  const media =
    kind === 'screen' ? await mediaDevices.getDisplayMedia({ video: true }) : await mediaDevices.getUserMedia({ [kind]: true });
  await give(kind, media.getTracks()[0]);
}

async function showInvitation(room, title) {
  const { refresh } = await invite(pass.key, room);
  const link = `${location.origin}/#${new URLSearchParams({ room, refresh, title })}`;
  element('invitation').hidden = false;
  element('link').value = link;
  element('link').select();
  await navigator.clipboard?.writeText(link).catch(() => {});
}

function addMessage(name, text) {
  const line = document.createElement('li');
  const from = document.createElement('strong');
  from.textContent = `${name}: `;
  line.append(from, text);
  element('log').append(line);
  line.scrollIntoView({ block: 'nearest' });
}

/** One tile for each person, and one for each further stream. */
function draw() {
  const streams = [...call.streams.entries()];
  const wanted = new Map();
  for (const [id, { name, talking }] of call.people) {
    const isOwn = id === call.self;
    const theirs = streams.find(([, { person, key }]) => person === id && key === 'self')?.[1];
    const track = isOwn ? own.video : theirs?.video && theirs.track;
    const isHeard = isOwn ? own.audio : theirs?.audio;
    wanted.set(id, { name: isOwn ? `${name} (you)` : name, track, talking, isOwn, state: isHeard ? '' : 'muted' });
  }
  for (const [feed, { person, key, track }] of streams) {
    const name = `${call.people.get(person)?.name ?? 'Somebody'}: ${key === 'presentation' ? 'screen' : key}`;
    if (key !== 'self') wanted.set(feed, { name, track, state: '' });
  }
  for (const [id, tile] of tiles) {
    if (!wanted.has(id)) tile.remove();
    if (!wanted.has(id)) tiles.delete(id);
  }
  for (const [id, content] of wanted) fill(tiles.get(id) ?? addTile(id), content);
}

function addTile(id) {
  const tile = element('tile').content.firstElementChild.cloneNode(true);
  tiles.set(id, tile);
  element('tiles').append(tile);
  return tile;
}

function fill(tile, { name, track, talking, isOwn, state }) {
  const video = tile.querySelector('video');
  if (video.srcObject?.getTracks()[0] !== (track || undefined)) video.srcObject = track ? new MediaStream([track]) : null;
  tile.querySelector('.initial').textContent = name.slice(0, 1).toUpperCase();
  tile.querySelector('.name').textContent = name;
  tile.querySelector('.state').textContent = state;
  for (const [style, isOn] of Object.entries({ seen: track, talking, own: isOwn })) tile.classList.toggle(style, Boolean(isOn));
}

/** Ends everything of a call on this side. */
function close() {
  clearTimeout(mediaTimer);
  stopRefreshing?.();
  call?.leave();
  call = undefined;
  for (const kind of Object.keys(own)) hold(kind, null);
  for (const tile of tiles.values()) tile.remove();
  tiles.clear();
  element('log').replaceChildren();
  element('invitation').hidden = true;
  element('mix').srcObject = null;
  attempt(openLobby);
}

/** Runs what a person asked for; a failure is told, and a second try waits for the first. */
async function attempt(action, button) {
  if (button) button.disabled = true;
  try {
    await action();
  } catch (error) {
    if (error.name !== 'NotAllowedError') notice(failureText(error));
  } finally {
    if (button) button.disabled = false;
  }
}

element('unlock').onsubmit = (event) => {
  event.preventDefault();
  pass = { key: element('key').value.trim() };
  attempt(openLobby);
};
element('lobby').onsubmit = (event) => {
  event.preventDefault();
  notice('');
  attempt(join, element('join'));
};
element('chat').onsubmit = (event) => {
  event.preventDefault();
  attempt(() => {
    call.say(element('text').value);
    element('text').value = '';
  });
};
for (const kind of ['audio', 'video', 'screen']) element(kind).onclick = ({ target }) => attempt(() => toggle(kind), target);
element('leave').onclick = close;
addEventListener('pagehide', () => call?.leave());
addEventListener('hashchange', () => location.reload());
attempt(openLobby);
