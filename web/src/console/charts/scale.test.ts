import { describe, expect, it } from 'vitest';
import { HEIGHT, pathOf, roundTop, spanOf, topOf, WIDTH } from './scale';

describe('a scale', () => {
  it('ends at a round number', () => {
    expect([0, 3, 7, 10, 11, 240, 0.3].map((value) => roundTop(value, 0.1))).toEqual([0.1, 5, 10, 10, 20, 500, 0.5]);
    expect(roundTop(0, 5)).toBe(5);
  });

  it('holds all lines', () => {
    const line = [{ at_ms: 0, value: 4 }];
    expect(topOf([line, [{ at_ms: 1, value: 30 }]], 1)).toBe(50);
    expect(topOf([], 10)).toBe(10);
    expect(spanOf([line, [{ at_ms: 7, value: undefined }]])).toEqual([0, 7]);
    expect(spanOf([line])).toEqual([0, 1]);
  });
});

describe('a line', () => {
  it('goes from corner to corner', () => {
    const points = [
      { at_ms: 10, value: 0 },
      { at_ms: 20, value: 5 },
    ];
    expect(pathOf(points, [10, 20], 5)).toBe(`M0 ${HEIGHT - 2}L${WIDTH} 2`);
  });

  it('has a gap where nothing is known', () => {
    const points = [
      { at_ms: 0, value: 1 },
      { at_ms: 1, value: undefined },
      { at_ms: 2, value: 1 },
    ];
    expect(pathOf(points, [0, 2], 1)).toBe('M0 2M300 2');
  });
});
