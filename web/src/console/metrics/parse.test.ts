import { describe, expect, it } from 'vitest';
import { parseMetrics } from './parse';

describe('the text of /metrics', () => {
  it('is read as the server writes it', () => {
    const text = [
      '# HELP greenroom_people People in calls.',
      '# TYPE greenroom_people gauge',
      'greenroom_people 12',
      '# TYPE greenroom_media_busy_ratio gauge',
      'greenroom_media_busy_ratio{shard="0"} 0.125',
      'greenroom_media_busy_ratio{shard="1"} 1e-3',
      'greenroom_http_requests_total{method="GET",route="/v2/rooms/{room_id}",status="200"} 7',
      '# EOF',
      '',
    ].join('\n');
    expect(parseMetrics(text)).toEqual([
      { name: 'greenroom_people', labels: {}, value: 12 },
      { name: 'greenroom_media_busy_ratio', labels: { shard: '0' }, value: 0.125 },
      { name: 'greenroom_media_busy_ratio', labels: { shard: '1' }, value: 0.001 },
      {
        name: 'greenroom_http_requests_total',
        labels: { method: 'GET', route: '/v2/rooms/{room_id}', status: '200' },
        value: 7,
      },
    ]);
  });

  it('may have escapes, times, exemplars and trailing commas', () => {
    const text = String.raw`a{b="x\"y\\z\n",} 1 1700000000000
c_bucket{le="+Inf"} 3 # {trace_id="1"} 0.5
d +Inf
e -Inf
f NaN
g  -2.5`;
    const samples = parseMetrics(text);
    expect(samples.map(({ name, value }) => [name, value])).toEqual([
      ['a', 1],
      ['c_bucket', 3],
      ['d', Infinity],
      ['e', -Infinity],
      ['f', Number.NaN],
      ['g', -2.5],
    ]);
    expect(samples[0]?.labels).toEqual({ b: 'x"y\\z\n' });
    expect(samples[1]?.labels).toEqual({ le: '+Inf' });
  });

  it('is not trusted to be one', () => {
    for (const line of ['<!doctype html>', '{"data": 1}', 'a{b="c" 1', 'a{b=c} 1', 'a', 'a b', '1 2', 'a{="x"} 1'])
      expect(parseMetrics(line)).toEqual([]);
  });

  it('is read to a bound', () => {
    expect(parseMetrics('a 1\n'.repeat(30_000))).toHaveLength(20_000);
  });
});
