// How long to wait between tries to get back into a call.

const FIRST_MS = 500;
const LONGEST_MS = 10_000;
/** Long enough for a server to be started anew, and for a train to leave its tunnel. */
const GIVE_UP_MS = 180_000;

/**
 * The wait before a try; `attempt` counts from 0. It doubles each time, up to a bound, and is drawn by `random` (0 to 1)
 * from its upper half, so that a room of people who lost the same server does not come back in the same moment.
 */
export function waitMs(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 20));
  return Math.round(longest * (0.5 + random / 2));
}

/** Whether it has been tried for long enough. */
export const isHopeless = (triedForMs: number): boolean => triedForMs >= GIVE_UP_MS;
