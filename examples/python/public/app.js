// The browser's side: joins with the vendor's SDK, shows everybody, and fetches a new token before the old one runs out.
import { initialize } from '@telnyx/video';

const find = (id) => document.getElementById(id);
const say = (text) => (find('status').textContent = text);

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error ?? `${path}: ${response.status}`);
  return response.json();
}

find('door').addEventListener('submit', (event) => {
  event.preventDefault();
  find('door').hidden = true;
  join(find('name').value).catch((error) => {
    find('door').hidden = false;
    say(`Could not join: ${error.message}`);
  });
});

async function join(name) {
  say('Joining');
  const tokens = await post('/token');
  const room = await initialize({
    roomId: tokens.room,
    clientToken: tokens.token,
    context: JSON.stringify({ username: name }),
  });
  const subscribed = new Set();
  let refreshing;
  let devices;

  room.on('connected', () => {
    say('Connected');
    find('leave').hidden = false;
    refreshing = keepFresh(room, tokens);
  });
  room.on('disconnected', (reason) => {
    refreshing?.stop();
    devices?.getTracks().forEach((track) => track.stop());
    find('people').replaceChildren();
    find('leave').hidden = true;
    find('door').hidden = false;
    say(`Disconnected (${reason})`);
  });
  room.on('stream_published', subscribe);
  room.on('subscription_started', (id, key) => show(id, key));
  for (const end of ['stream_unpublished', 'subscription_ended']) room.on(end, hide);
  find('leave').onclick = () => room.disconnect();

  const me = () => room.getLocalParticipant().id;

  await room.connect();
  find('mix').srcObject = new MediaStream([room.getState().mixedAudioTrack]);
  for (const { participantId, key } of room.getState().streams.values()) subscribe(participantId, key);

  devices = await navigator.mediaDevices?.getUserMedia({ audio: true, video: true }).catch(() => undefined);
  const [audio, video] = [devices?.getAudioTracks()[0], devices?.getVideoTracks()[0]];
  await room.addStream('self', { audio, video });
  show(me(), 'self', video);

  /** The mix has everybody's sound, so that only pictures have to be asked for. */
  function subscribe(id, key) {
    const stream = `${id} ${key}`;
    if (id === me() || subscribed.has(stream)) return;
    subscribed.add(stream);
    room.addSubscription(id, key, { audio: false, video: true });
  }
  function show(id, key, track = room.getParticipantStream(id, key)?.videoTrack) {
    const item = find(`${id} ${key}`) ?? Object.assign(document.createElement('li'), { id: `${id} ${key}` });
    const picture = Object.assign(document.createElement('video'), { autoplay: true, muted: true, playsInline: true });
    if (track) picture.srcObject = new MediaStream([track]);
    item.replaceChildren(picture, nameOf(room, id) + (id === me() ? ' (you)' : ''));
    find('people').append(item);
  }
  function hide(id, key) {
    subscribed.delete(`${id} ${key}`);
    find(`${id} ${key}`)?.remove();
  }
}

function nameOf(room, id) {
  const { context } = room.getState().participants.get(id) ?? {};
  try {
    return JSON.parse(context).username;
  } catch {
    return 'Somebody';
  }
}

/** A client token lives for minutes: a new one is fetched when half of that is over. */
function keepFresh(room, { token_expires_at, refresh_token }) {
  let timer;
  const schedule = (expiry) => {
    const left = Date.parse(expiry) - Date.now();
    timer = setTimeout(() => refresh().catch((error) => say(`No new token: ${error.message}`)), Math.max(left / 2, 1000));
  };
  const refresh = async () => {
    const { token, token_expires_at } = await post('/refresh', { refresh_token });
    await room.updateClientToken(token);
    schedule(token_expires_at);
  };
  schedule(token_expires_at);
  return { stop: () => clearTimeout(timer) };
}
