import { expect, test } from 'vitest';
import { levelOf } from './level';

test('from silence to full', () => {
  expect(levelOf([0, 0, 0])).toBe(0);
  expect(levelOf([])).toBe(0);
  expect(levelOf([1, -1, 1, -1])).toBe(1);
  expect(levelOf([0.001, -0.001])).toBeCloseTo(0);
  expect(levelOf([0.0316, -0.0316])).toBeCloseTo(0.5, 1);
});
