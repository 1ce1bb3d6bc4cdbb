// The time as the console shows it: one clock for all that is on the page, which stands still while nobody looks.
import { signal } from '@preact/signals';

const EVERY_MS = 1_000;

/** Now, in ms since 1970. */
export const now_ms = signal(Date.now());

export function startClock(): void {
  const tick = () => {
    if (!document.hidden) now_ms.value = Date.now();
  };
  setInterval(tick, EVERY_MS);
  document.addEventListener('visibilitychange', tick);
}
