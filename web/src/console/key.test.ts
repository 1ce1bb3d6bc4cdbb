import { expect, it } from 'vitest';
import { cleanKey, keyInAddress } from './key';

it('is taken from the address', () => {
  expect(keyInAddress('#key=KEY01_abc')).toBe('KEY01_abc');
  expect(keyInAddress('#/rooms')).toBeUndefined();
  expect(keyInAddress('#key=')).toBeUndefined();
});

it('has to fit into a header', () => {
  expect(cleanKey('  KEY01_abc\n')).toBe('KEY01_abc');
  for (const text of ['', ' ', 'a b', 'schlüssel', 'x'.repeat(257)]) expect(cleanKey(text)).toBeUndefined();
});
