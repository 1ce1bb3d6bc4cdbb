// The figures that the overview shows, made of two readings of `/metrics`.
import type { Sample } from './parse';

/** The samples that were read at once, and when. */
export interface Reading {
  at_ms: number;
  samples: readonly Sample[];
}

/** What is shown; a figure is absent if the server does not say it, or not yet: a rate needs two readings. */
export interface Figures {
  calls?: number | undefined;
  people?: number | undefined;
  streams?: number | undefined;
  bps_in?: number | undefined;
  bps_out?: number | undefined;
  tokens_per_sec?: number | undefined;
  /** The share of its time in which the busiest media thread worked, 0 to 1. */
  shard_busy?: number | undefined;
  mixer_busy?: number | undefined;
  webhooks_pending?: number | undefined;
  webhooks_dead?: number | undefined;
}

export type Figure = keyof Figures;

const BITS_PER_BYTE = 8;

/** The figures of `now`, with rates since `before`. */
export function figuresOf(before: Reading | undefined, now: Reading): Figures {
  const level = (name: string) => sum(now, name);
  const rate = (...names: string[]) => {
    const rates = names.map((name) => rateOf(before, now, name)).filter((one) => one !== undefined);
    return rates.length === 0 ? undefined : rates.reduce((total, one) => total + one, 0);
  };
  const bits = (bytes: number | undefined) => bytes && bytes * BITS_PER_BYTE;
  return {
    calls: level('greenroom_calls'),
    people: level('greenroom_people'),
    streams: level('greenroom_streams'),
    bps_in: bits(rate('greenroom_media_bytes_in_total')),
    bps_out: bits(rate('greenroom_media_bytes_out_total')),
    tokens_per_sec: rate('greenroom_tokens_issued_total', 'greenroom_tokens_refreshed_total'),
    shard_busy: most(now, 'greenroom_media_busy_ratio'),
    mixer_busy: most(now, 'greenroom_mixer_busy_ratio'),
    webhooks_pending: level('greenroom_webhooks_pending'),
    webhooks_dead: level('greenroom_webhooks_dead'),
  };
}

/** Whether a reading is of this server at all: something else may stand at the address. */
export const isOurs = ({ samples }: Reading) => samples.some(({ name }) => name.startsWith('greenroom_'));

function values({ samples }: Reading, name: string): number[] {
  return samples.filter((sample) => sample.name === name && Number.isFinite(sample.value)).map(({ value }) => value);
}

function sum(reading: Reading, name: string): number | undefined {
  const all = values(reading, name);
  return all.length === 0 ? undefined : all.reduce((total, value) => total + value, 0);
}

function most(reading: Reading, name: string): number | undefined {
  const all = values(reading, name);
  return all.length === 0 ? undefined : Math.max(...all);
}

/** How much a counter grew each second. One that went down began again: the server was restarted. */
function rateOf(before: Reading | undefined, now: Reading, name: string): number | undefined {
  const [from, to] = [before && sum(before, name), sum(now, name)];
  const secs = before ? (now.at_ms - before.at_ms) / 1_000 : 0;
  if (from === undefined || to === undefined || secs <= 0 || to < from) return undefined;
  return (to - from) / secs;
}
