// How good a connection is, from what the browser counts. Two reports of the same stream tell what happened in between.

export type Quality = 'good' | 'fair' | 'poor' | 'unknown';

export interface Sample {
  atMs: number;
  received: number;
  lost: number;
  /** Share of what was sent that did not arrive, as the other side reports it, 0 to 1. */
  remoteLoss?: number | undefined;
  roundTripMs?: number | undefined;
  jitterMs?: number | undefined;
  freezes: number;
  bytes: number;
}

export interface Judgement {
  quality: Quality;
  lossPercent: number;
  roundTripMs?: number | undefined;
  kbps: number;
}

/** Bounds between good, fair and poor. Up to the first nobody notices, from the second on talking is hard work. */
const LOSS_PERCENT = [3, 10] as const;
const ROUND_TRIP_MS = [250, 600] as const;
const JITTER_MS = [40, 120] as const;

type Report = Record<string, unknown>;

/** Sums up the reports of one connection; undefined if they tell nothing of media. */
export function sampleOf(reports: Iterable<Report>, atMs: number): Sample | undefined {
  const sample: Sample = { atMs, received: 0, lost: 0, freezes: 0, bytes: 0 };
  let found = false;
  for (const report of reports) {
    const number = (name: string) => (typeof report[name] === 'number' ? (report[name] as number) : undefined);
    const worst = (known: number | undefined, now: number | undefined) =>
      now === undefined ? known : Math.max(known ?? 0, now);
    const ms = (secs: number | undefined) => (secs === undefined ? undefined : secs * 1000);
    if (report.type === 'inbound-rtp') {
      found = true;
      sample.received += number('packetsReceived') ?? 0;
      sample.lost += Math.max(0, number('packetsLost') ?? 0);
      sample.freezes += number('freezeCount') ?? 0;
      sample.bytes += number('bytesReceived') ?? 0;
      sample.jitterMs = worst(sample.jitterMs, ms(number('jitter')));
    } else if (report.type === 'remote-inbound-rtp') {
      found = true;
      sample.remoteLoss = worst(sample.remoteLoss, number('fractionLost'));
      sample.roundTripMs = worst(sample.roundTripMs, ms(number('roundTripTime')));
    } else if (report.type === 'outbound-rtp') {
      found = true;
      sample.bytes += number('bytesSent') ?? 0;
    } else if (report.type === 'candidate-pair' && report.nominated === true) {
      sample.roundTripMs ??= ms(number('currentRoundTripTime'));
    }
  }
  return found ? sample : undefined;
}

/** What lies between two samples of the same connection. */
export function judge(before: Sample | undefined, now: Sample | undefined): Judgement {
  if (!before || !now || now.atMs <= before.atMs) return { quality: 'unknown', lossPercent: 0, kbps: 0 };
  const received = Math.max(0, now.received - before.received);
  const lost = Math.max(0, now.lost - before.lost);
  const lossPercent = Math.max(received + lost ? (100 * lost) / (received + lost) : 0, 100 * (now.remoteLoss ?? 0));
  const grades = [
    grade(lossPercent, LOSS_PERCENT),
    grade(now.roundTripMs ?? 0, ROUND_TRIP_MS),
    grade(now.jitterMs ?? 0, JITTER_MS),
    now.freezes > before.freezes ? 1 : 0,
  ];
  const kbps = Math.round((8 * Math.max(0, now.bytes - before.bytes)) / (now.atMs - before.atMs));
  const quality = (['good', 'fair', 'poor'] as const)[Math.max(...grades)] ?? 'unknown';
  return { quality, lossPercent: Math.round(lossPercent * 10) / 10, roundTripMs: now.roundTripMs, kbps };
}

const grade = (value: number, [fair, poor]: readonly [number, number]) => (value >= poor ? 2 : value >= fair ? 1 : 0);

/** The worst of several; what is unknown says nothing. */
export function worstOf(qualities: Iterable<Quality>): Quality {
  const order: Quality[] = ['unknown', 'good', 'fair', 'poor'];
  let worst = 0;
  for (const quality of qualities) worst = Math.max(worst, order.indexOf(quality));
  return order[worst] ?? 'unknown';
}

export const QUALITY_WORDS: Record<Quality, string> = {
  good: 'Good connection',
  fair: 'Fair connection',
  poor: 'Poor connection',
  unknown: 'Connection not measured yet',
};
