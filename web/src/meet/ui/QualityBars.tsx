import { type Judgement, QUALITY_WORDS } from '../model/quality';

const BARS = { good: 3, fair: 2, poor: 1, unknown: 0 } as const;

/** Three bars, and the figures for those who look closer. */
export function QualityBars({ judgement, whose }: { judgement: Judgement; whose: string }) {
  const { quality, lossPercent, roundTripMs, kbps } = judgement;
  const figures = [
    roundTripMs !== undefined && `${Math.round(roundTripMs)} ms`,
    quality !== 'unknown' && `${lossPercent} % lost`,
    quality !== 'unknown' && `${kbps} kbit/s`,
  ].filter(Boolean);
  const words = `${whose} connection: ${QUALITY_WORDS[quality].toLowerCase().replace(' connection', '')}`;
  return (
    <span class={`quality ${quality}`} role="img" aria-label={words} title={[words, ...figures].join(', ')}>
      {[1, 2, 3].map((bar) => (
        <i key={bar} class={bar <= BARS[quality] ? 'full' : ''} />
      ))}
    </span>
  );
}
