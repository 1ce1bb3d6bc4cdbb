// The keys that sign tokens, in words.
import type { Tone } from './parts/Badge';
import type { KeyState, SigningKey } from './resources';

const STATES: Readonly<Record<KeyState, { tone: Tone; words: string; meaning: string }>> = {
  active: { tone: 'good', words: 'signs', meaning: 'every token that is issued now' },
  retiring: { tone: 'fair', words: 'retires', meaning: 'signs no more; its tokens are still good' },
  next: { tone: 'info', words: 'is next', meaning: 'published already; signs after the next rotation' },
};

/** What a key does. A server that is newer than this page may know more states. */
export const keyStateWords = (state: KeyState) => STATES[state] ?? { tone: 'plain', words: state, meaning: '' };

const TYPED_CHARS = 8;

/** Enough of a key's id to name it, and what has to be typed before it is revoked. */
export const keyName = (id: string) => id.slice(0, TYPED_CHARS);

/** What a revocation means, sentence by sentence: the first is the one that nobody may miss. */
export function revocationWords({ state }: Pick<SigningKey, 'state'>): readonly [string, ...string[]] {
  switch (state) {
    case 'next':
      return [
        'It has signed nothing yet, so no token dies.',
        'A new key takes its place. Those who verify tokens themselves know that one only when they fetch the key set again.',
      ];
    case 'retiring':
      return [
        'Every token that it signed dies at once.',
        'Whoever came into a call with one is put out, and neither their refresh tokens nor their invitation links are good any more. Tokens of the other keys stay good.',
      ];
    default:
      return [
        'Every token that it signed dies at once: as a rule those are nearly all that there are.',
        'Whoever came into a call with one is put out, and neither their refresh tokens nor their invitation links are good any more. The next key signs from then on, and your application has to issue new tokens.',
      ];
  }
}
