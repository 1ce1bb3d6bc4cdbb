import { expect, test } from 'vitest';
import type { KeyState } from './resources';
import { keyName, keyStateWords, revocationWords } from './signingKeys';

test('a key is named by the beginning of its id, whatever that begins with', () => {
  expect(keyName('-PrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')).toBe('-PrK_qmx');
});

test('states are told in words, also one that is not known', () => {
  expect(keyStateWords('active').words).toBe('signs');
  expect(keyStateWords('frozen' as KeyState)).toEqual({ tone: 'plain', words: 'frozen', meaning: '' });
});

test('a revocation says first what dies', () => {
  for (const state of ['active', 'retiring', 'frozen'] as KeyState[])
    expect(revocationWords({ state })[0]).toContain('Every token that it signed dies at once');
  expect(revocationWords({ state: 'next' })[0]).toContain('no token dies');
});
