import { expect, test } from 'vitest';
import { isHopeless, waitMs } from './backoff';

test('waits double up to a bound', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => waitMs(attempt, 1))).toEqual([
    500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000,
  ]);
});

test('no two people wait equally long, and nobody comes back at once', () => {
  expect(waitMs(3, 0)).toBe(2000);
  expect(waitMs(3, 0.5)).toBe(3000);
  expect(waitMs(0, 0)).toBe(250);
});

test('it is tried for three minutes', () => {
  expect(isHopeless(179_999)).toBe(false);
  expect(isHopeless(180_000)).toBe(true);
});
