import { type Inputs, useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../shared/api';
import { mayPass } from './errors';
import { pauseMs } from './pace';

export interface Polled<T> {
  /** What came last; it stays while the server is away. */
  data: T | undefined;
  /** Why it is not renewed at the moment. */
  error: unknown;
  /** Asks again at once. */
  reload: () => void;
}

/**
 * Loads something again and again: every `every_ms` while the page is seen, at longer and longer intervals while the
 * server is away, not at all while the page is hidden, and no more once the answer was one that asking again cannot change.
 */
export function usePoll<T>(load: (signal: AbortSignal) => Promise<T>, every_ms: number, inputs: Inputs): Polled<T> {
  const [state, setState] = useState<{ data: T | undefined; error: unknown }>({ data: undefined, error: undefined });
  const again = useRef(() => {});
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    setState({ data: undefined, error: undefined });
    let failures = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let running: AbortController | undefined;
    let isOver = false;
    let isFinal = false;

    async function run() {
      clearTimeout(timer);
      running?.abort();
      const mine = new AbortController();
      running = mine;
      let after: number | undefined;
      try {
        const data = await latest.current(mine.signal);
        if (mine.signal.aborted) return;
        failures = 0;
        isFinal = false;
        setState({ data, error: undefined });
      } catch (error) {
        if (mine.signal.aborted) return;
        failures += 1;
        isFinal = !mayPass(error);
        after = error instanceof ApiError ? error.retryAfterSecs : undefined;
        setState((before) => ({ data: isFinal ? undefined : before.data, error }));
      }
      running = undefined;
      if (!isOver && !isFinal && !document.hidden) timer = setTimeout(run, pauseMs(every_ms, failures, after));
    }

    function onVisibility() {
      if (document.hidden) {
        clearTimeout(timer);
      } else if (!running && !isFinal) {
        void run();
      }
    }

    again.current = () => void run();
    document.addEventListener('visibilitychange', onVisibility);
    void run();
    return () => {
      isOver = true;
      clearTimeout(timer);
      running?.abort();
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [every_ms, ...inputs]);

  return { ...state, reload: useCallback(() => again.current(), []) };
}
