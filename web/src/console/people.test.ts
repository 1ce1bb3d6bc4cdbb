import { describe, expect, it } from 'vitest';
import { isMuted, mixedLine, peopleOf, receivedBps, receivedLine, rttWords, sentBps, streamLines } from './people';
import type { Participant, Quality, Session } from './resources';

const participant = (id: string, joined: number, left?: number): Participant => ({
  id,
  session_id: 's',
  context: JSON.stringify({ username: id.toUpperCase() }),
  joined_at: `2021-04-16T09:00:0${joined}.000000Z`,
  updated_at: '',
  left_at: left === undefined ? null : `2021-04-16T09:00:0${left}.000000Z`,
  left_reason: left === undefined ? null : 'kicked',
});

const QUALITY: Quality = {
  participant_id: 'ann',
  context: null,
  quality: 'good',
  rtt_ms: 41.6,
  published: [
    {
      key: 'self',
      audio: true,
      video: true,
      muted: false,
      codec: 'vp8',
      bitrate_bps: 812_000,
      packet_loss_percent: 0.3,
      layers: [
        { rid: 'l', bitrate_bps: 150_000, active: true },
        { rid: 'h', bitrate_bps: 0, active: false },
      ],
    },
    {
      key: 'notes',
      audio: false,
      video: false,
      muted: false,
      codec: 'vp8',
      bitrate_bps: 0,
      packet_loss_percent: 0,
      layers: [{ rid: 'h', bitrate_bps: 349, active: true }],
    },
  ],
  received: { streams: 3, reduced: 1, bitrate_bps: 1_900_000, available_bps: 2_600_000, packet_loss_percent: null },
  mixed_audio: { bitrate_in_bps: 31_000, bitrate_out_bps: 40_000, packet_loss_percent: 0, muted: false, talking: true },
};

describe('people', () => {
  it('are told apart from those who left, with their quality', () => {
    const participants = [
      participant('eve', 4, 9),
      participant('bob', 3),
      participant('dan', 2, 5),
      participant('ann', 1),
    ];
    const { present, gone } = peopleOf({ participants } as Session, [QUALITY]);
    expect(present.map(({ name, quality }) => [name, quality?.quality])).toEqual([
      ['ANN', 'good'],
      ['BOB', undefined],
    ]);
    expect(gone.map(({ id, left_reason }) => [id, left_reason])).toEqual([
      ['eve', 'kicked'],
      ['dan', 'kicked'],
    ]);
    expect(peopleOf({} as Session, undefined)).toEqual({ present: [], gone: [] });
  });

  it('are muted by what the mix says, and by their streams where it does not', () => {
    expect(isMuted(undefined)).toBeUndefined();
    expect(isMuted(QUALITY)).toBe(false);
    const { muted: _, ...mixed_audio } = QUALITY.mixed_audio;
    const published = QUALITY.published.map((stream) => ({ ...stream, muted: true }));
    expect(isMuted({ ...QUALITY, mixed_audio, published })).toBe(true);
  });
});

describe('what is measured', () => {
  it('is told in lines', () => {
    expect(streamLines(QUALITY)).toEqual([
      'self: picture and sound, vp8, layers l 150 kbit/s, 0.3 % lost',
      'notes: nothing',
    ]);
    expect(receivedLine(QUALITY)).toBe('3 streams, room for 2.6 Mbit/s, 1 reduced');
    const mixed_audio = { ...QUALITY.mixed_audio, packet_loss_percent: 2.5 };
    expect([mixedLine(QUALITY), mixedLine({ ...QUALITY, mixed_audio })]).toEqual(['', 'mixed audio: 2.5 % lost']);
    expect([sentBps(QUALITY), receivedBps(QUALITY)]).toEqual([843_000, 1_940_000]);
    expect([rttWords(41.6), rttWords(null)]).toEqual(['42 ms', '–']);
  });
});
