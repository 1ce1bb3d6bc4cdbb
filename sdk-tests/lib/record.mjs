// Notes every secret made and every error body seen, for the final search (check-secrets.mjs), and keeps a
// journal of requests. It wraps the global `fetch`, so the SDKs under test stay configured by URL and key alone.
import { appendFileSync } from 'node:fs';
import { output } from './paths.mjs';

export const JWT = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g;

/** Every request of this process, oldest first. */
export const journal = [];

/** Adds API keys or tokens to the list of what must not be found in any log. */
export function rememberSecrets(...secrets) {
  for (const secret of secrets) appendFileSync(output('secrets.txt'), `${secret}\n`);
}

/** The one key that `dev` makes and prints on purpose: a secret everywhere but on standard output. */
export function rememberPrintedKey(key) {
  rememberSecrets(key);
  appendFileSync(output('printed-keys.txt'), `${key}\n`);
}

const realFetch = globalThis.fetch;

globalThis.fetch = async function recordingFetch(input, init) {
  const request = { method: init?.method ?? input.method ?? 'GET', url: new URL(input.url ?? input) };
  const headers = new Headers(init?.headers ?? input.headers);
  const response = await realFetch(input, init);
  const text = await response.clone().text();
  journal.push({
    at: performance.now(),
    method: request.method,
    path: request.url.pathname,
    status: response.status,
    authorization: headers.get('authorization'),
    retryCount: Number(headers.get('x-stainless-retry-count') ?? 0),
    retryAfter: response.headers.get('retry-after'),
  });
  if (request.url.pathname.startsWith('/v2/')) recordBody(request, response.status, text);
  return response;
};

function recordBody({ method, url }, status, text) {
  if (status < 400) return rememberSecrets(...(text.match(JWT) ?? []));
  const line = `${method} ${url.pathname} ${status} ${text}\n`;
  appendFileSync(output('errors', `node-${process.pid}.txt`), line);
}
