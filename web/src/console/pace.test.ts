import { expect, it } from 'vitest';
import { pauseMs } from './pace';

it('is steady while all is well', () => {
  expect(pauseMs(3_000, 0)).toBe(3_000);
});

it('backs off while the server is away, to a bound', () => {
  expect([1, 2, 3, 6, 100].map((failures) => pauseMs(3_000, failures))).toEqual([1_000, 2_000, 4_000, 30_000, 30_000]);
});

it('waits as long as it was told to', () => {
  expect(pauseMs(3_000, 1, 60)).toBe(60_000);
  expect(pauseMs(3_000, 6, 2)).toBe(30_000);
});
