import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** The inner size of an element, in CSS pixels, and again whenever it changes. */
export function useSize(element: RefObject<HTMLElement | null>): { width: number; height: number } {
  const size = useSignal({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const look = () => {
      const { clientWidth: width, clientHeight: height } = target;
      if (width !== size.value.width || height !== size.value.height) size.value = { width, height };
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return size.value;
}
