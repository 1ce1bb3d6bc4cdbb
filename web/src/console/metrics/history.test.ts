import { expect, it } from 'vitest';
import { type History, MOMENTS_MAX, pointsOf, remember, thinned } from './history';

it('is bounded, and drops the oldest', () => {
  let history: History = [];
  for (let at_ms = 0; at_ms < MOMENTS_MAX + 5; at_ms += 1)
    history = remember(history, { at_ms, figures: { people: at_ms } });
  expect(history).toHaveLength(MOMENTS_MAX);
  expect(history[0]?.at_ms).toBe(5);
  expect(pointsOf(history, 'people').at(-1)).toEqual({ at_ms: MOMENTS_MAX + 4, value: MOMENTS_MAX + 4 });
  expect(pointsOf(history, 'calls').at(-1)?.value).toBeUndefined();
});

it('is thinned evenly, with the latest point', () => {
  const points = Array.from({ length: 100 }, (_, at_ms) => ({ at_ms, value: at_ms }));
  const few = thinned(points, 10);
  expect(few).toHaveLength(10);
  expect(few.at(-1)?.at_ms).toBe(99);
  expect(thinned(points.slice(0, 3), 10)).toHaveLength(3);
  expect(thinned([], 10)).toEqual([]);
});
