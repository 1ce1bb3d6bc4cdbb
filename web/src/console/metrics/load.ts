// Gets `/metrics`, which stands beside the API and needs no key.
import { ApiError } from '../../shared/api';
import { isOurs, type Reading } from './figures';
import { parseMetrics } from './parse';

const LIMIT_MS = 10_000;
/** Many times what this server writes. */
const TEXT_MAX_CHARS = 8 * 1024 * 1024;

/** The reading of now; none if the figures are not at this address. Throws `ApiError` if the server is away. */
export async function loadMetrics(signal: AbortSignal): Promise<Reading | undefined> {
  let status: number;
  let text: string;
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    const response = await fetch('/metrics', { signal: limited, cache: 'no-store', credentials: 'omit' });
    status = response.status;
    text = await response.text();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError('The server cannot be reached.', 0);
  }
  if (status >= 500) throw new ApiError(`The server answered with ${status}.`, status);
  if (status !== 200 || text.length > TEXT_MAX_CHARS) return undefined;
  const reading = { at_ms: Date.now(), samples: parseMetrics(text) };
  return isOurs(reading) ? reading : undefined;
}
