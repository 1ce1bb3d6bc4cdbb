// What the charts show: the figures of the last minutes, in memory only.
import type { Figure, Figures } from './figures';

export interface Moment {
  at_ms: number;
  figures: Figures;
}

export type History = readonly Moment[];

/** Ten minutes at one reading every three seconds. */
export const MOMENTS_MAX = 200;

/** The history with one more moment, without the oldest ones if there are too many. */
export const remember = (history: History, moment: Moment): History => [...history, moment].slice(-MOMENTS_MAX);

export interface Point {
  at_ms: number;
  /** Absent where nothing is known: the line has a gap there. */
  value: number | undefined;
}

export const pointsOf = (history: History, figure: Figure): Point[] =>
  history.map(({ at_ms, figures }) => ({ at_ms, value: figures[figure] }));

/** About so many points of all, evenly, the latest among them: for a table that can be read. */
export function thinned(points: readonly Point[], most: number): Point[] {
  const step = Math.max(1, Math.ceil(points.length / most));
  return points.filter((_, index) => (points.length - 1 - index) % step === 0);
}
