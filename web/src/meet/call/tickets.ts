// How one gets into a room: as a visitor, with an API key, or with an invitation. Each gives a ticket: a client token,
// which opens the room for minutes, and a refresh token, which gets further ones.
import { ApiError, ask, askData } from '../../shared/api';
import { INVITATION_TTL_SECS, type Invitation } from '../../shared/invitation';
import { expiryOf } from '../model/address';

const CLIENT_TOKEN_TTL_SECS = 600;
/** A token is replaced after half of its life, so that a few failures in a row do no harm. */
export const RENEW_MS = (CLIENT_TOKEN_TTL_SECS / 2) * 1000;

export type Pass = { kind: 'visitor' } | { kind: 'key'; key: string } | { kind: 'invitation'; invitation: Invitation };

export interface Ticket {
  roomId: string;
  /** What the room is called, for people. */
  title: string;
  /** By which it is asked for again: its name, or its id. */
  room: string;
  token: string;
  refreshToken: string;
}

/** What a server tells its pages about itself. */
export interface ServerFacts {
  visitors: boolean;
  version: string;
  ice_servers: RTCIceServer[];
}

export const serverFacts = (): Promise<ServerFacts> => ask<ServerFacts>('/pages.json');

interface Room {
  id: string;
  unique_name: string | null;
}

interface Tokens {
  token: string;
  refresh_token: string;
}

/** A ticket for a room by its name (or id); an invitation has its own room. Throws `ApiError`. */
export async function admit(pass: Pass, room: string): Promise<Ticket> {
  switch (pass.kind) {
    case 'visitor': {
      const visit = await askData<Tokens & { room: Room }>('/visit', { method: 'POST', body: { room } });
      return ticketOf(visit.room, visit);
    }
    case 'key': {
      const found = await roomBy(pass.key, room);
      return ticketOf(found, await mint(pass.key, found.id));
    }
    case 'invitation': {
      const { roomId, refreshToken, title } = pass.invitation;
      const token = await refresh(roomId, refreshToken);
      return { roomId, refreshToken, title: title || 'Call', room: roomId, token };
    }
  }
}

/** The ticket with a fresh token. When its refresh token has had its time, a new ticket is asked for in the same way as the first. */
export async function renew(pass: Pass, ticket: Ticket, nowMs: number): Promise<Ticket> {
  try {
    return { ...ticket, token: await refresh(ticket.roomId, ticket.refreshToken) };
  } catch (error) {
    const hasHadItsTime = (expiryOf(ticket.refreshToken) ?? Number.POSITIVE_INFINITY) <= nowMs;
    const isRefused = error instanceof ApiError && error.status === 403;
    if (pass.kind === 'invitation' || !isRefused || !hasHadItsTime) throw error;
    return admit(pass, ticket.roomId);
  }
}

/** An invitation of its own for somebody else; only a key can make one. */
export async function invite(key: string, { roomId, title }: Ticket): Promise<Invitation> {
  const { refresh_token: refreshToken } = await mint(key, roomId);
  return { roomId, refreshToken, title };
}

/** The names of rooms that there are, for suggestions; also tells whether a key is good. */
export async function roomNames(key: string): Promise<string[]> {
  const rooms = await askData<Room[]>('/v2/rooms', { apiKey: key, query: { 'page[size]': 100 } });
  return rooms.flatMap(({ unique_name }) => unique_name ?? []);
}

const ticketOf = ({ id, unique_name }: Room, { token, refresh_token }: Tokens): Ticket => ({
  roomId: id,
  title: unique_name ?? 'Room without a name',
  room: unique_name ?? id,
  token,
  refreshToken: refresh_token,
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function roomBy(apiKey: string, room: string): Promise<Room> {
  if (UUID.test(room)) return askData<Room>(`/v2/rooms/${room}`, { apiKey });
  const byName = () => askData<Room[]>('/v2/rooms', { apiKey, query: { 'filter[unique_name]': room } });
  const [found] = await byName();
  if (found) return found;
  try {
    return await askData<Room>('/v2/rooms', { method: 'POST', apiKey, body: { unique_name: room } });
  } catch (error) {
    // Somebody else has just made it.
    const [made] = error instanceof ApiError && error.status === 422 ? await byName() : [];
    if (made) return made;
    throw error;
  }
}

const mint = (apiKey: string, roomId: string) =>
  askData<Tokens>(`/v2/rooms/${roomId}/actions/generate_join_client_token`, {
    method: 'POST',
    apiKey,
    body: { token_ttl_secs: CLIENT_TOKEN_TTL_SECS, refresh_token_ttl_secs: INVITATION_TTL_SECS },
  });

async function refresh(roomId: string, refreshToken: string): Promise<string> {
  const body = { refresh_token: refreshToken, token_ttl_secs: CLIENT_TOKEN_TTL_SECS };
  const path = `/v2/rooms/${roomId}/actions/refresh_client_token`;
  return (await askData<Tokens>(path, { method: 'POST', body })).token;
}
