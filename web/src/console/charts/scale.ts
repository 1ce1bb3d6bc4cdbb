// Where the points of a chart stand.
import type { Point } from '../metrics/history';

/** The size of a chart's drawing; the page stretches it to the room there is. */
export const WIDTH = 300;
export const HEIGHT = 80;
/** Space for the line's own thickness. */
const MARGIN = 2;

/** A round number at or above `value`: 1, 2 or 5 times a power of ten, and no less than `least`. */
export function roundTop(value: number, least: number): number {
  const wanted = Math.max(value, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= wanted * (1 - 1e-9)) ?? 10;
  return step * power;
}

/** The top of a chart's scale: what all its points fit below. */
export function topOf(lines: readonly (readonly Point[])[], least: number): number {
  const values = lines.flat().map(({ value }) => value ?? 0);
  return roundTop(
    values.reduce((most, value) => Math.max(most, value), 0),
    least,
  );
}

/** The span of time that all lines share. */
export function spanOf(lines: readonly (readonly Point[])[]): [number, number] {
  const times = lines.flat().map(({ at_ms }) => at_ms);
  if (times.length === 0) return [0, 1];
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return [first, Math.max(last, first + 1)];
}

/** The `d` of a path through the points, with a gap where nothing is known. */
export function pathOf(points: readonly Point[], [from, to]: [number, number], top: number): string {
  let path = '';
  let pen: 'M' | 'L' = 'M';
  for (const { at_ms, value } of points) {
    if (value === undefined) {
      pen = 'M';
      continue;
    }
    const x = ((at_ms - from) / (to - from)) * WIDTH;
    const y = HEIGHT - MARGIN - (Math.min(value, top) / top) * (HEIGHT - 2 * MARGIN);
    path += `${pen}${short(x)} ${short(y)}`;
    pen = 'L';
  }
  return path;
}

const short = (coordinate: number) => Number(coordinate.toFixed(1));
