// When to ask again.

const AWAY_FIRST_MS = 1_000;
const AWAY_MOST_MS = 30_000;

/**
 * The pause before the next request: `every_ms` while all is well, longer and longer while the server is away, and
 * never less than the server asked for.
 */
export function pauseMs(every_ms: number, failures: number, retry_after_secs?: number | undefined): number {
  if (failures === 0) return every_ms;
  const backoff = Math.min(AWAY_FIRST_MS * 2 ** Math.min(failures - 1, 10), AWAY_MOST_MS);
  return Math.max(backoff, (retry_after_secs ?? 0) * 1_000);
}
