// Somebody in a room: takes a place in its roster as the browser SDK does, without any media.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import WebSocket from 'ws';

const ANSWER_LIMIT_MS = 10_000;
/** As often as the browser SDK does. */
const KEEPALIVE_EVERY_MS = 5_000;

/** Joins a room. The guest has the `id` that the REST API shows, its `tokens`, and `closed`, the close code to come. */
export async function join(server, client, roomId, context = null) {
  const { data: tokens } = await client.rooms.actions.generateJoinClientToken(roomId);
  const socket = new WebSocket(`${server.http.replace(/^http/, 'ws')}/${roomId}/janus`, 'janus-protocol');
  const closed = once(socket, 'close').then(([code]) => code);
  await once(socket, 'open');

  const waiting = new Map();
  const pushes = [];
  socket.on('message', (text) => {
    const frame = JSON.parse(text);
    if (frame.janus === 'ack') return;
    const answer = waiting.get(frame.transaction);
    if (answer) answer(frame);
    else pushes.push(frame);
  });
  let session = {};
  const send = (frame) => {
    const transaction = randomUUID();
    socket.send(JSON.stringify({ ...frame, ...session, transaction, client_token: tokens.token }));
    return transaction;
  };
  const ask = async (frame) => {
    const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const reply = await new Promise((resolve, reject) => {
      limit.onabort = () => reject(new Error(`no answer to ${JSON.stringify(frame)}`));
      waiting.set(send(frame), resolve);
    });
    limit.onabort = null;
    if (reply.status_code || reply.janus === 'error') throw new Error(`refused: ${JSON.stringify(reply)}`);
    return reply;
  };

  session = { session_id: (await ask({ janus: 'create' })).data.id };
  const { data: handle } = await ask({ janus: 'attach', plugin: 'janus.plugin.audiobridge' });
  const id = randomUUID();
  const display = Buffer.from(JSON.stringify({ participantId: id, external: context })).toString('base64');
  const body = { request: 'join', room: roomId, muted: true, display };
  const joined = await ask({ janus: 'message', handle_id: handle.id, body });
  const keepalives = setInterval(() => send({ janus: 'keepalive' }), KEEPALIVE_EVERY_MS);
  closed.finally(() => clearInterval(keepalives));

  return {
    id,
    tokens,
    closed,
    rosterId: joined.plugindata.data.id,
    /** Whether the roster has told that `rosterId` was kicked. */
    sawKicked: (rosterId) => pushes.some((push) => push.plugindata?.data?.kicked === rosterId),
    leave() {
      socket.close(1000);
      return closed;
    },
  };
}
