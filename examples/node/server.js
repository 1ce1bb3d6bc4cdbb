// A video call: one room, tokens for whoever opens the page, and what the room reports. It knows the official SDK and
// nothing else, so the same file runs against the hosted service and against Greenroom: TELNYX_BASE_URL decides.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import express from 'express';
import Telnyx from 'telnyx';

const EVENTS_KEPT = 100;

const { PORT = '3000', ROOM_NAME = 'example' } = process.env;
const origin = process.env.PUBLIC_URL ?? `http://127.0.0.1:${PORT}`; // where webhooks reach this server
const token_ttl_secs = Number(process.env.TOKEN_TTL_SECS ?? 600);

const telnyx = new Telnyx(); // TELNYX_BASE_URL, TELNYX_API_KEY, TELNYX_PUBLIC_KEY
const events = [];

/** The id of our room: the one of that name, or a new one. Events of it come back to this server. */
async function findRoom() {
  const settings = { webhook_event_url: `${origin}/webhooks` };
  const { data } = await telnyx.rooms.list({ filter: { unique_name: ROOM_NAME } });
  const known = data.find(({ unique_name }) => unique_name === ROOM_NAME);
  if (!known) return (await telnyx.rooms.create({ unique_name: ROOM_NAME, ...settings })).data.id;
  if (known.webhook_event_url !== settings.webhook_event_url) await telnyx.rooms.update(known.id, settings);
  return known.id;
}

/** Looked up once, however many ask; after a failure the next one tries again. */
let room;
const ourRoom = () => (room ??= findRoom().catch((error) => ((room = undefined), Promise.reject(error))));

/** The browser SDK knows only the hosted service. Any other server has a script that sends the SDK there instead. */
function shim() {
  const server = new URL(telnyx.baseURL.replace(/\/$/, ''));
  return server.hostname === 'api.telnyx.com' ? '' : `<script src="${new URL('shim.js', server)}"></script>`;
}

const page = await readFile(new URL('public/index.html', import.meta.url), 'utf8');

const app = express();
app.get('/', (request, response) => response.type('html').send(page.replace('<!-- shim -->', shim)));
app.use(express.static(fileURLToPath(new URL('dist', import.meta.url))));

// An application of yours checks here who is asking, and whether they may join.
app.post('/token', async (request, response) => {
  const room = await ourRoom();
  const { data } = await telnyx.rooms.actions.generateJoinClientToken(room, { token_ttl_secs });
  response.set('cache-control', 'no-store').json({ room, ...data });
});

app.post('/refresh', express.json(), async (request, response) => {
  const { data } = await telnyx.rooms.actions.refreshClientToken(await ourRoom(), {
    refresh_token: String(request.body?.refresh_token),
    token_ttl_secs,
  });
  response.set('cache-control', 'no-store').json(data);
});

// The signature is over the body as it came: no JSON parser may come before.
app.post('/webhooks', express.text({ type: '*/*' }), async (request, response) => {
  let event;
  try {
    event = (await telnyx.webhooks.unwrap(request.body, { headers: request.headers })).data;
  } catch (error) {
    console.error(`a webhook was refused: ${error.message}`);
    return response.sendStatus(403);
  }
  // An event may come twice, with the same id.
  if (!events.some(({ id }) => id === event.id)) events.push(event);
  if (events.length > EVENTS_KEPT) events.shift();
  response.sendStatus(204);
});

app.get('/events', (request, response) => response.json(events));

// A refusal of the API is told with its status; the reason stays here.
app.use((error, request, response, next) => {
  console.error(`${request.method} ${request.path}: ${error.message}`);
  if (response.headersSent) return next(error);
  response.status(error.status >= 400 ? error.status : 500).json({ error: 'That did not work; the log of the server says why.' });
});

app.listen(Number(PORT), '127.0.0.1', () => console.log(`open ${origin}/`));
