import { useEffect, useRef } from 'preact/hooks';
import { watchLevel } from '../media/level';

/** How loud the microphone is, while it is on. */
export function LevelMeter({ track }: { track: MediaStreamTrack | undefined }) {
  const bar = useRef<HTMLDivElement>(null);
  const meter = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    const show = (level: number) => {
      bar.current?.style.setProperty('--level', String(level));
      if (meter.current) meter.current.value = Math.round(10 * level) / 10;
    };
    show(0);
    return track && watchLevel(track, show);
  }, [track]);
  return (
    <div ref={bar} class="level">
      <meter ref={meter} class="unseen" aria-label="Microphone level" min={0} max={1} value={0} />
    </div>
  );
}
