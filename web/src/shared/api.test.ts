import { afterEach, expect, test, vi } from 'vitest';
import { ApiError, ask, askData, errorOf, queryOf, UNREACHABLE } from './api';

afterEach(() => vi.unstubAllGlobals());

const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
  vi.stubGlobal('fetch', vi.fn().mockResolvedValue(new Response(body, { status, headers })));

test('a query leaves out what is not set and escapes the rest', () => {
  expect(queryOf()).toBe('');
  expect(queryOf({ 'page[size]': 20, name: 'a&b', empty: '', none: undefined })).toBe('?page%5Bsize%5D=20&name=a%26b');
});

test('data is what stands under data', async () => {
  answer(200, '{"data": {"id": "r"}}');
  expect(await askData('/v2/rooms/r')).toEqual({ id: 'r' });
});

test('key and body are sent, and nothing the browser keeps', async () => {
  answer(201, '{"data": 1}');
  await ask('/v2/rooms', { method: 'POST', apiKey: 'KEY1', body: { a: 1 } });
  const [path, init] = vi.mocked(fetch).mock.calls[0] ?? [];
  expect(path).toBe('/v2/rooms');
  expect(init).toMatchObject({ method: 'POST', body: '{"a":1}', credentials: 'omit' });
  expect(init?.headers).toEqual({ Authorization: 'Bearer KEY1', 'Content-Type': 'application/json' });
});

test('a refusal carries the words and numbers of the server', async () => {
  answer(429, '{"code": "10011", "title": "Slow", "detail": "Too many.", "source": {"pointer": "/a"}}', {
    'retry-after': '7',
  });
  const error = await ask('/v2/rooms').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ message: 'Too many.', status: 429, code: '10011', retryAfterSecs: 7, source: '/a' });
});

test('an answer from something else than the server is an error too', () => {
  expect(errorOf(502, undefined, null)).toMatchObject({ message: 'The server answered with 502.', status: 502 });
  expect(errorOf(400, { detail: 3 }, 'Wed, 21 Oct')).toMatchObject({ status: 400, retryAfterSecs: undefined });
});

test('no answer at all has the status 0', async () => {
  vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('failed')));
  await expect(ask('/v2/rooms')).rejects.toMatchObject({ message: UNREACHABLE, status: 0 });
});

test('a request that was called off throws as fetch does', async () => {
  const stop = new AbortController();
  stop.abort();
  const aborted = new DOMException('stop', 'AbortError');
  vi.stubGlobal('fetch', vi.fn().mockRejectedValue(aborted));
  await expect(ask('/v2/rooms', { signal: stop.signal })).rejects.toBe(aborted);
});

test('all faults are told, each with its place', () => {
  const body = {
    detail: 'First.',
    errors: [{ detail: 'First.', source: { pointer: '/a' } }, { title: 'Second', source: { parameter: 'b' } }, 3, {}],
  };
  const error = errorOf(422, body, null, 'id-1');
  expect(error.faults).toEqual([
    { detail: 'First.', source: '/a' },
    { detail: 'Second', source: 'b' },
  ]);
  expect(error.requestId).toBe('id-1');
});
