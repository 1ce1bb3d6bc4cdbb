import { expect, test } from 'vitest';
import type { SdkState } from '../sdk/types';
import { stepsTo } from './subscriptions';

/** A room in which each of `streams` has a picture unless it ends with `-`; `taken` are subscribed, off if they end with `-`. */
function room(streams: string[], taken: string[] = []): SdkState {
  const split = (text: string) => {
    const [participantId = '', key = ''] = text.replace(/-$/, '').split('/');
    return { participantId, key, isOn: !text.endsWith('-') };
  };
  const participants = new Map<string, never>();
  const all = new Map<string, never>();
  for (const { participantId, key, isOn } of streams.map(split)) {
    const known = (participants.get(participantId) as { streams: object } | undefined)?.streams ?? {};
    participants.set(participantId, { streams: { ...known, [key]: `${participantId}${key}` } } as never);
    all.set(`${participantId}${key}`, { isVideoEnabled: isOn } as never);
  }
  const subscriptions = new Map<string, Map<string, never>>();
  for (const { participantId, key, isOn } of taken.map(split)) {
    const of = subscriptions.get(participantId) ?? new Map<string, never>();
    subscriptions.set(participantId, of.set(key, { participantId, key, audio: false, video: isOn } as never));
  }
  return { status: 'connected', localParticipantId: 'me', participants, streams: all, subscriptions };
}

const ann = { participantId: 'ann', key: 'self' };
const ben = { participantId: 'ben', key: 'self' };
const nobody = new Set<string>();
const asked = new Map<string, boolean>();

test('what is shown and has a picture is taken', () => {
  expect(stepsTo([ann, ben], room(['ann/self', 'ben/self-']), nobody, asked)).toEqual([
    { ...ann, type: 'add', video: true },
  ]);
  expect(stepsTo([ann], room(['ann/self'], ['ann/self']), nobody, asked)).toEqual([]);
});

test('what is not shown any more is switched off, and on again later', () => {
  expect(stepsTo([], room(['ann/self'], ['ann/self']), nobody, asked)).toEqual([
    { ...ann, type: 'update', video: false },
  ]);
  expect(stepsTo([ann], room(['ann/self'], ['ann/self-']), nobody, asked)).toEqual([
    { ...ann, type: 'update', video: true },
  ]);
  expect(stepsTo([ann], room(['ann/self-'], ['ann/self']), nobody, asked)).toEqual([
    { ...ann, type: 'update', video: false },
  ]);
});

test('a stream is asked for once, and one that is gone not at all', () => {
  expect(stepsTo([ann], room(['ann/self']), new Set(['ann/self']), asked)).toEqual([]);
  expect(stepsTo([ann], room(['ben/self']), nobody, asked)).toEqual([]);
  expect(stepsTo([], room(['ben/self'], ['ann/self']), nobody, asked)).toEqual([]);
});

test('a screen is a stream of its own', () => {
  const screen = { participantId: 'ann', key: 'presentation' };
  expect(stepsTo([screen], room(['ann/self', 'ann/presentation']), nobody, asked)).toEqual([
    { ...screen, type: 'add', video: true },
  ]);
});

test('what was asked for counts, whatever the SDK still shows', () => {
  const off = new Map([['annself', false]]);
  expect(stepsTo([], room(['ann/self'], ['ann/self']), nobody, off)).toEqual([]);
  expect(stepsTo([ann], room(['ann/self'], ['ann/self']), nobody, off)).toEqual([
    { ...ann, type: 'update', video: true },
  ]);
  const on = new Map([['annself', true]]);
  expect(stepsTo([ann], room(['ann/self'], ['ann/self-']), nobody, on)).toEqual([]);
});
