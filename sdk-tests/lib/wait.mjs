// Waiting for a condition with a limit: the only way in which these tests let time pass.
import { setTimeout as pause } from 'node:timers/promises';

/** For what browsers do, several of which may be at work beside other programs; it takes a fraction of that. */
export const WITHIN = { within: 120_000, every: 100 };

/** Polls `condition` until it returns something truthy, and returns that; throws after `within` ms. */
export async function until(what, condition, { within = 5_000, every = 20 } = {}) {
  const deadline = performance.now() + within;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await pause(every);
  }
}
