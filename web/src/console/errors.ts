// What went wrong with a request, in clear words, and whether asking again can help.
import { ApiError } from '../shared/api';
import { durationWords } from './words';

export interface Words {
  title: string;
  detail: string;
}

const MAY_PASS = [0, 408, 429, 500, 502, 503, 504];

/** Whether the server was not reached, or is not able to answer at the moment. */
export const mayPass = (error: unknown): error is ApiError =>
  error instanceof ApiError && MAY_PASS.includes(error.status);

export const hasStatus = (error: unknown, status: number) => error instanceof ApiError && error.status === status;

/** What to tell of an error: a short title, and what is behind it or can be done. */
export function errorWords(error: unknown): Words {
  if (!(error instanceof ApiError)) return { title: 'Something went wrong on this page', detail: String(error) };
  switch (error.status) {
    case 0:
      return { title: 'The server cannot be reached', detail: 'It may be restarting, or the network is down.' };
    case 401:
      return { title: 'The API key is not accepted', detail: 'It is mistyped, expired or revoked.' };
    case 403:
      return { title: 'This key may not do that', detail: error.message };
    case 404:
      return { title: 'Not found', detail: 'There is no such thing on this server, or it belongs to another account.' };
    case 429:
      return { title: 'Too many requests', detail: waitWords(error.retryAfterSecs) };
    case 500:
      return { title: 'A fault in the server', detail: requestWords(error.requestId) };
    case 502:
    case 504:
      return { title: 'The server is away', detail: 'Whatever stands before it answers in its place.' };
    case 503:
      return { title: 'The server cannot do this now', detail: `${error.message} ${waitWords(error.retryAfterSecs)}` };
    default:
      return {
        title: 'That was not accepted',
        detail: error.faults.map(({ detail }) => detail).join(' ') || error.message,
      };
  }
}

const waitWords = (secs: number | undefined) =>
  secs === undefined ? 'Try again a little later.' : `Try again in ${durationWords(Math.max(1, secs))}.`;

const requestWords = (id: string | undefined) =>
  id ? `The server's log tells more, under the request id ${id}.` : "The server's log tells more.";

/** What is wrong with each field of a form; what belongs to none of `fields` stands at ''. */
export function faultsByField(error: unknown, fields: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  if (!hasStatus(error, 422)) return found;
  for (const { source, detail } of (error as ApiError).faults) {
    const field = source?.replace(/^\//, '');
    const at = field !== undefined && fields.includes(field) ? field : '';
    found[at] = [found[at], detail].filter(Boolean).join(' ');
  }
  return found;
}
