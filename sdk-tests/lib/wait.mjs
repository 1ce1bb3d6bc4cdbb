// Waiting for a condition with a limit: the only way in which these tests let time pass.
import { setTimeout as pause } from 'node:timers/promises';

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
