import { signal } from '@preact/signals';

/** Read to the end before the next is put there; more than these are worth nobody's time. */
const KEPT = 4;

const said = signal<{ id: number; text: string }[]>([]);
let count = 0;

/** Has screen readers say something in between, such as who came. */
export function announce(text: string): void {
  count += 1;
  said.value = [...said.value.slice(1 - KEPT), { id: count, text }];
}

/** Where `announce` puts its words: once in each page. */
export function Announcer() {
  return (
    <div class="unseen" role="log" aria-live="polite" aria-relevant="additions" aria-label="Announcements">
      {said.value.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}
