// The REST API as the pages use it: by the routes that everybody has.

/** One thing that is wrong with a request. */
export interface Fault {
  detail: string;
  /** The field of the request that is at fault, as a JSON pointer or the name of a parameter. */
  source: string | undefined;
}

/** Why a request came to nothing, in words for people (`message`) and as the server's numbers. */
export class ApiError extends Error {
  override name = 'ApiError';
  constructor(
    message: string,
    /** The HTTP status, or 0 if there was no answer at all. */
    readonly status: number,
    /** The code of the server's error catalogue, if it gave one. */
    readonly code?: string,
    /** How long to wait before the next try, if the server said so. */
    readonly retryAfterSecs?: number,
    /** The field of the request that is at fault, as a JSON pointer or the name of a parameter. */
    readonly source?: string,
    /** All that is wrong, the first fault too, as far as the server said. */
    readonly faults: readonly Fault[] = [],
    /** What finds the request in the server's log. */
    readonly requestId?: string,
  ) {
    super(message);
  }
}

export interface Request {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  apiKey?: string | undefined;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** How long an answer may take. */
  limitMs?: number;
}

export interface Page<Item> {
  data: Item[];
  meta: { page_number: number; page_size: number; total_pages: number; total_results: number };
}

const LIMIT_MS = 15_000;
export const UNREACHABLE = 'The server cannot be reached.';

/** Asks the server and gives its JSON as it is (`undefined` for an empty answer). Throws `ApiError`. */
export async function ask<Answer>(path: string, request: Request = {}): Promise<Answer> {
  const { method = 'GET', apiKey, query, body, signal, limitMs = LIMIT_MS } = request;
  const limit = AbortSignal.timeout(limitMs);
  const headers: Record<string, string> = {};
  if (apiKey) headers.Authorization = `Bearer ${apiKey}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  let text: string;
  try {
    response = await fetch(path + queryOf(query), {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      cache: 'no-store',
      credentials: 'omit',
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(limit.aborted ? 'The server does not answer.' : UNREACHABLE, 0);
  }
  const answer = parse(text);
  if (!response.ok) {
    const { headers } = response;
    throw errorOf(response.status, answer, headers.get('retry-after'), headers.get('x-request-id'));
  }
  return answer as Answer;
}

/** What stands under `data` of the answer. */
export const askData = async <Data>(path: string, request?: Request): Promise<Data> =>
  (await ask<{ data: Data }>(path, request)).data;

/** `?page[size]=20` and the like; what is undefined or empty is left out. */
export function queryOf(query: Request['query'] = {}): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const parts = set.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return parts.length ? `?${parts.join('&')}` : '';
}

/** The error that a refusal means; `answer` is its body, whatever that is. */
export function errorOf(
  status: number,
  answer: unknown,
  retryAfter: string | null,
  requestId?: string | null,
): ApiError {
  const known = membersOf(answer);
  const secs = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
  const { detail, source } = faultOf(known);
  const message = detail || `The server answered with ${status}.`;
  const errors = Array.isArray(known.errors) ? known.errors.slice(0, FAULTS_MAX) : [];
  const faults = errors.map((error) => faultOf(membersOf(error))).filter(({ detail }) => detail);
  return new ApiError(message, status, text(known.code), secs, source, faults, requestId ?? undefined);
}

const FAULTS_MAX = 50;

function faultOf(error: Record<string, unknown>): Fault {
  const source = membersOf(error.source);
  const detail = text(error.detail) ?? text(error.title) ?? '';
  return { detail, source: text(source.pointer) ?? text(source.parameter) };
}

const membersOf = (value: unknown) =>
  (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
