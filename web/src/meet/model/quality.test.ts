import { expect, test } from 'vitest';
import { judge, sampleOf, worstOf } from './quality';

const inbound = (packetsReceived: number, packetsLost: number, more = {}) => ({
  type: 'inbound-rtp',
  packetsReceived,
  packetsLost,
  bytesReceived: packetsReceived * 1000,
  jitter: 0.005,
  freezeCount: 0,
  ...more,
});

const between = (first: object, second: object) =>
  judge(sampleOf([first as never], 0), sampleOf([second as never], 2000));

test('a clean stream is good, and its rate is known', () => {
  expect(between(inbound(100, 0), inbound(200, 0))).toEqual({
    quality: 'good',
    lossPercent: 0,
    roundTripMs: undefined,
    kbps: 400,
  });
});

test('only what happened in between counts', () => {
  expect(between(inbound(100, 90), inbound(200, 90)).quality).toBe('good');
  expect(between(inbound(100, 0), inbound(195, 5))).toMatchObject({ quality: 'fair', lossPercent: 5 });
  expect(between(inbound(100, 0), inbound(180, 20))).toMatchObject({ quality: 'poor', lossPercent: 20 });
});

test('delay, jitter and pictures that stand still count as well', () => {
  const pair = { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.7 };
  expect(judge(sampleOf([inbound(1, 0), pair], 0), sampleOf([inbound(2, 0), pair], 1000))).toMatchObject({
    quality: 'poor',
    roundTripMs: 700,
  });
  expect(between(inbound(1, 0), inbound(2, 0, { jitter: 0.05 })).quality).toBe('fair');
  expect(between(inbound(1, 0), inbound(2, 0, { freezeCount: 1 })).quality).toBe('fair');
});

test('what one sends is judged by what the other side reports', () => {
  const out = { type: 'outbound-rtp', bytesSent: 0 };
  const remote = { type: 'remote-inbound-rtp', fractionLost: 0.2, roundTripTime: 0.02 };
  expect(judge(sampleOf([out], 0), sampleOf([{ ...out, bytesSent: 1000 }, remote], 1000))).toEqual({
    quality: 'poor',
    lossPercent: 20,
    roundTripMs: 20,
    kbps: 8,
  });
});

test('without two reports nothing is said', () => {
  expect(sampleOf([{ type: 'codec' }], 0)).toBeUndefined();
  expect(judge(undefined, sampleOf([inbound(1, 0)], 1)).quality).toBe('unknown');
  expect(judge(sampleOf([inbound(1, 0)], 1), sampleOf([inbound(1, 0)], 1)).quality).toBe('unknown');
});

test('the worst of several', () => {
  expect(worstOf([])).toBe('unknown');
  expect(worstOf(['unknown', 'good', 'fair'])).toBe('fair');
});
