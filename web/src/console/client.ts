// The API as the console calls it: with its key, which is asked for again when it is refused.
import { ApiError, ask, type Page, type Request } from '../shared/api';
import type { Server } from './resources';
import { apiKey, isKept, keep, lock, lockedBecause, server } from './state';

type Query = NonNullable<Request['query']>;

const REFUSED = 'The API key is not accepted any more: it was revoked or has expired.';

async function call<Answer>(path: string, request: Request = {}): Promise<Answer> {
  const key = apiKey.value;
  try {
    return await ask<Answer>(`/v2${path}`, { ...request, apiKey: key });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401 && apiKey.value === key) lock(REFUSED);
    throw error;
  }
}

export async function get<T>(path: string, signal?: AbortSignal, query: Query = {}): Promise<T> {
  return (await call<{ data: T }>(path, { query, signal })).data;
}

export const list = <T>(path: string, signal?: AbortSignal, query: Query = {}): Promise<Page<T>> =>
  call<Page<T>>(path, { query, signal });

export async function send<T>(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T | undefined> {
  return (await call<{ data: T } | undefined>(path, { method, body }))?.data;
}

/** Tries a key, and opens the console if it is one. */
export async function unlock(key: string): Promise<void> {
  const { data } = await ask<{ data: Server }>('/v2/server', { apiKey: key });
  const wasKept = isKept.value;
  apiKey.value = key;
  server.value = data;
  lockedBecause.value = undefined;
  keep(wasKept);
}
