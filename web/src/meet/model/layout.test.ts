import { expect, test } from 'vitest';
import { arrange, gridOf, MOST_TILES, pageOf, pageSize } from './layout';

test('on a wide screen tiles stand beside each other, on a phone above', () => {
  expect(gridOf(2, 1200, 600)).toMatchObject({ columns: 2, rows: 1 });
  expect(gridOf(2, 344, 600)).toMatchObject({ columns: 1, rows: 2 });
  expect(gridOf(9, 1280, 720)).toMatchObject({ columns: 3, rows: 3 });
});

test('all tiles fit, whatever their number', () => {
  for (const [width, height] of [
    [1280, 720],
    [344, 560],
    [900, 200],
    [100, 900],
  ] as const) {
    for (let count = 1; count <= 30; count++) {
      const grid = gridOf(count, width, height);
      expect(grid.columns * grid.rows).toBeGreaterThanOrEqual(count);
      expect(grid.columns * grid.width + 8 * (grid.columns - 1)).toBeLessThanOrEqual(width);
      expect(grid.rows * grid.height + 8 * (grid.rows - 1)).toBeLessThanOrEqual(height);
      expect(grid.width).toBeGreaterThanOrEqual(grid.height);
    }
  }
});

test('no room at all is no fault', () => {
  expect(gridOf(0, 0, 0)).toEqual({ columns: 1, rows: 1, width: 0, height: 0 });
  expect(gridOf(4, 0, 0).width).toBe(0);
  expect(pageSize(0, 0)).toBe(1);
});

test('a page takes what can still be seen, and never too much', () => {
  expect(pageSize(344, 560)).toBe(12);
  expect(pageSize(4000, 3000)).toBe(MOST_TILES);
});

test('pages end where people end', () => {
  const people = ['a', 'b', 'c', 'd', 'e'];
  expect(pageOf(people, 0, 2)).toEqual({ items: ['a', 'b'], page: 0, pages: 3 });
  expect(pageOf(people, 2, 2)).toEqual({ items: ['e'], page: 2, pages: 3 });
  expect(pageOf(people, 7, 2)).toMatchObject({ items: ['e'], page: 2 });
  expect(pageOf([], 0, 2)).toEqual({ items: [], page: 0, pages: 1 });
});

test('who talks comes to the front and only one moves for it', () => {
  const order = ['a', 'b', 'c', 'd', 'e'];
  expect(arrange(order, new Map(), 3)).toEqual(order);
  expect(arrange(order, new Map([['e', 9]]), 3)).toEqual(['e', 'b', 'c', 'd', 'a']);
  expect(
    arrange(
      order,
      new Map([
        ['a', 5],
        ['e', 9],
      ]),
      3,
    ),
  ).toEqual(['a', 'e', 'c', 'd', 'b']);
  expect(
    arrange(
      order,
      new Map([
        ['a', 5],
        ['b', 6],
        ['c', 7],
        ['d', 1],
      ]),
      3,
    ),
  ).toEqual(order);
  expect(arrange(['a'], new Map([['a', 1]]), 3)).toEqual(['a']);
});
