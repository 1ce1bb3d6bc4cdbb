import { expect, test } from 'vitest';
import type { SdkState } from '../sdk/types';
import { contextOf, initialsOf, readContext, rosterOf } from './roster';

interface Given {
  context?: string | undefined;
  origin?: 'local' | 'remote' | 'telephony_engine';
  streams?: Record<string, object>;
}

function room(people: Record<string, Given>): SdkState {
  const streams = new Map<string, never>();
  const participants = new Map<string, never>();
  for (const [id, { context, origin = 'remote', streams: own = {} }] of Object.entries(people)) {
    const ids: Record<string, string> = {};
    for (const [key, stream] of Object.entries(own)) {
      ids[key] = `${id}-${key}`;
      streams.set(`${id}-${key}`, { key, participantId: id, ...stream } as never);
    }
    participants.set(id, { id, context, origin, streams: ids } as never);
  }
  return { status: 'connected', localParticipantId: 'me', participants, streams, subscriptions: new Map() };
}

test('people and their state', () => {
  const picture = {} as MediaStreamTrack;
  const state = room({
    ann: {
      context: '{"username": "Ann"}',
      streams: { self: { isAudioEnabled: true, isVideoEnabled: true, videoTrack: picture } },
    },
    me: { context: contextOf('Me', 'p1'), origin: 'local' },
    ben: {
      context: 'no JSON',
      streams: { self: { isAudioEnabled: true, isAudioCensored: true, videoTrack: picture } },
    },
    tel: { origin: 'telephony_engine', context: '{"username": "+1 555"}', streams: { audiobridge: {} } },
  });
  expect(rosterOf(state, 'p1').people).toMatchObject([
    { name: 'Me', isSelf: true, microphone: 'off', hasCamera: false },
    { name: 'Ann', isSelf: false, microphone: 'on', hasCamera: true, picture },
    { name: 'Guest', microphone: 'silenced', hasCamera: false, picture: undefined },
    { name: '+1 555', microphone: 'on', isOnPhone: true },
  ]);
});

test('screens are apart, and only those that are on', () => {
  const state = room({
    me: { context: contextOf('Me', 'p1'), streams: { presentation: { isVideoEnabled: true } } },
    ann: {
      context: '{"username": "Ann"}',
      streams: { presentation: { isVideoEnabled: false }, slides: { isVideoEnabled: true } },
    },
  });
  expect(rosterOf(state, 'p1').screens).toMatchObject([
    { id: 'me/presentation', name: 'Me', isSelf: true },
    { id: 'ann/slides', key: 'slides', name: 'Ann', isSelf: false },
  ]);
});

test('whoever came back is there once', () => {
  const state = room({
    old: { context: contextOf('Me', 'p1') },
    ann1: { context: contextOf('Ann', 'p2') },
    ann2: { context: contextOf('Ann', 'p2') },
    ann3: { context: contextOf('Ann', 'p3') },
    me: { context: contextOf('Me', 'p1'), origin: 'local' },
  });
  expect(rosterOf(state, 'p1').people.map(({ id }) => id)).toEqual(['me', 'ann2', 'ann3']);
});

test('a context can be anything', () => {
  for (const context of [undefined, '', '[]', 'null', '3', '"x"', '{"username": 3}', '{"username": "  "}']) {
    expect(readContext(context)).toEqual({ name: 'Guest', page: undefined });
  }
  expect(readContext(JSON.stringify({ username: 'x'.repeat(500) })).name).toHaveLength(60);
});

test('initials', () => {
  expect(initialsOf('Ann')).toBe('A');
  expect(initialsOf('ann van der berg')).toBe('AB');
  expect(initialsOf('😀 x')).toBe('😀X');
  expect(initialsOf('  ')).toBe('');
});
