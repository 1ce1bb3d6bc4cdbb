// Rooms and tokens by REST: with an API key everything, with a refresh token nothing but further client tokens.

const CLIENT_TOKEN_TTL_SECS = 600;
/** A client token is replaced after half of its life, so that a few failures in a row do no harm. */
const REFRESH_MS = (CLIENT_TOKEN_TTL_SECS / 2) * 1000;
const RETRY_MS = 15_000;
const INVITATION_TTL_SECS = 24 * 60 * 60;

async function call(method, path, { key, body } = {}) {
  const headers = { 'Content-Type': 'application/json', ...(key && { Authorization: `Bearer ${key}` }) };
  let response;
  try {
    response = await fetch(`/v2${path}`, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error('The server cannot be reached.');
  }
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail), { status: response.status });
  return answer.data;
}

export async function roomNames(key) {
  const rooms = await call('GET', '/rooms?page[size]=100', { key });
  return rooms.map((room) => room.unique_name).filter(Boolean);
}

/** The id of the room of that name, which is made if there is none. */
export async function roomByName(key, name) {
  const [room] = await call('GET', `/rooms?filter[unique_name]=${encodeURIComponent(name)}`, { key });
  return (room ?? (await call('POST', '/rooms', { key, body: { unique_name: name } }))).id;
}

/** A new pair of tokens for a room, good for a day: `{ room, refresh }`. */
export async function invite(key, room) {
  const body = { token_ttl_secs: CLIENT_TOKEN_TTL_SECS, refresh_token_ttl_secs: INVITATION_TTL_SECS };
  const { refresh_token } = await call('POST', `/rooms/${room}/actions/generate_join_client_token`, { key, body });
  return { room, refresh: refresh_token };
}

/** A client token for whoever holds an invitation. */
export async function clientToken({ room, refresh }) {
  const body = { refresh_token: refresh, token_ttl_secs: CLIENT_TOKEN_TTL_SECS };
  return (await call('POST', `/rooms/${room}/actions/refresh_client_token`, { body })).token;
}

/** Keeps handing on fresh client tokens, until the function that it returns is called. */
export function keepFresh(invitation, onToken, onRefused) {
  let stopped = false;
  let timer = setTimeout(renew, REFRESH_MS);
  async function renew() {
    try {
      const token = await clientToken(invitation);
      if (stopped) return;
      onToken(token);
      timer = setTimeout(renew, REFRESH_MS);
    } catch (error) {
      if (stopped) return;
      if (error.status === 403) onRefused();
      else timer = setTimeout(renew, RETRY_MS);
    }
  }
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
