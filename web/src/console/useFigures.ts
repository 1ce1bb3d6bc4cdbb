import { useRef } from 'preact/hooks';
import { figuresOf, type Reading } from './metrics/figures';
import { type History, remember } from './metrics/history';
import { loadMetrics } from './metrics/load';
import { type Polled, usePoll } from './usePoll';

const EVERY_MS = 3_000;

/** The figures of the last minutes; `elsewhere` if `/metrics` is on another address. */
export function useFigures(): Polled<History | 'elsewhere'> {
  const before = useRef<Reading | undefined>(undefined);
  const history = useRef<History>([]);
  return usePoll(
    async (signal) => {
      const now = await loadMetrics(signal);
      if (now === undefined) return 'elsewhere';
      history.current = remember(history.current, { at_ms: now.at_ms, figures: figuresOf(before.current, now) });
      before.current = now;
      return history.current;
    },
    EVERY_MS,
    [],
  );
}
