import { describe, expect, it } from 'vitest';
import { figuresOf, isOurs } from './figures';
import { parseMetrics } from './parse';

const reading = (at_ms: number, text: string) => ({ at_ms, samples: parseMetrics(text) });

const FIRST = `greenroom_calls 2
greenroom_people 5
greenroom_media_bytes_in_total{shard="0"} 1000
greenroom_media_bytes_in_total{shard="1"} 500
greenroom_media_bytes_out_total{shard="0"} 0
greenroom_tokens_issued_total 10
greenroom_tokens_refreshed_total 20
greenroom_media_busy_ratio{shard="0"} 0.1
greenroom_media_busy_ratio{shard="1"} 0.4
greenroom_webhooks_pending 3
`;

describe('figures', () => {
  it('are levels at first, and rates with the second reading', () => {
    const first = reading(1_000, FIRST);
    expect(figuresOf(undefined, first)).toEqual({ calls: 2, people: 5, shard_busy: 0.4, webhooks_pending: 3 });
    const second = reading(
      3_000,
      FIRST.replace('} 1000', '} 2000')
        .replace('issued_total 10', 'issued_total 14')
        .replace('refreshed_total 20', 'refreshed_total 26'),
    );
    expect(figuresOf(first, second)).toMatchObject({ bps_in: 4_000, bps_out: 0, tokens_per_sec: 5 });
  });

  it('have no rate over a restart, or between readings of one moment', () => {
    const before = reading(1_000, 'greenroom_tokens_issued_total 10');
    expect(figuresOf(before, reading(2_000, 'greenroom_tokens_issued_total 1')).tokens_per_sec).toBeUndefined();
    expect(figuresOf(before, reading(1_000, 'greenroom_tokens_issued_total 12')).tokens_per_sec).toBeUndefined();
  });

  it('are those of this server', () => {
    expect(isOurs(reading(0, FIRST))).toBe(true);
    expect(isOurs(reading(0, 'node_load1 3'))).toBe(false);
  });
});
