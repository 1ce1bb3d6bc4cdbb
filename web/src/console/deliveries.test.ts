import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../shared/api';
import {
  addRoomNames,
  answerWords,
  bodyOf,
  EVENT_TYPES,
  eventWords,
  personOf,
  replayWords,
  roomIdOf,
  stateWords,
  textOf,
  tookWords,
} from './deliveries';
import type { Attempt, Delivery, WebhookEvent } from './resources';

const LEFT: WebhookEvent = {
  record_type: 'event',
  id: 'e6ab1ae8',
  event_type: 'video.room.participant.left',
  occurred_at: '2021-04-16T09:46:20.954863Z',
  payload: {
    context: '{"username":"Ann"}',
    duration_secs: 120,
    left_reason: 'left',
    participant_id: '7b61621f',
    room_id: '0ccc7b54',
    session_id: '33c22d1f',
    later: true,
  },
};
const FAILED: Attempt = {
  status: 'failed',
  started_at: '2021-04-16T09:46:21.044000Z',
  finished_at: '2021-04-16T09:46:21.131000Z',
  http: { request: { url: 'https://example.com/hook' }, response: { status: 503 } },
  attempt: 2,
  failover: false,
  error: 'answered 503 Service Unavailable',
};

describe('an event', () => {
  it('is told in words, also one that is not known', () => {
    expect(EVENT_TYPES.map(eventWords)).toContain('Participant left');
    expect([eventWords('video.room.other'), eventWords('constructor')]).toEqual(['video.room.other', 'constructor']);
    expect(personOf(LEFT)).toBe('Ann');
    expect(personOf({ ...LEFT, payload: { session_id: 's' } })).toBeUndefined();
    expect([textOf(LEFT, 'session_id'), textOf(LEFT, 'duration_secs')]).toEqual(['33c22d1f', undefined]);
  });

  it('is shown in the order in which it is sent', () => {
    expect(JSON.stringify(bodyOf(LEFT, FAILED))).toBe(
      '{"data":{"record_type":"event","event_type":"video.room.participant.left","id":"e6ab1ae8",' +
        '"occurred_at":"2021-04-16T09:46:20.954863Z","payload":{"session_id":"33c22d1f","room_id":"0ccc7b54",' +
        '"participant_id":"7b61621f","context":"{\\"username\\":\\"Ann\\"}","duration_secs":120,"left_reason":"left",' +
        '"later":true}},"meta":{"attempt":2,"delivered_to":"https://example.com/hook"}}',
    );
    expect(bodyOf(LEFT)).not.toHaveProperty('meta');
  });
});

describe('what has become of it', () => {
  const of = (more: Partial<Delivery>) =>
    stateWords({ status: 'pending', failure_reason: null, attempts_count: 0, next_attempt_at: null, ...more });

  it('is told with the reason', () => {
    expect(of({ status: 'delivered' }).words).toBe('delivered');
    expect(of({ status: 'failed', failure_reason: 'expired' }).detail).toBe('not taken in time');
    expect(of({ status: 'failed', failure_reason: 'new' }).detail).toBe('new');
    expect(of({}).detail).toBe('behind earlier events');
    expect(of({ next_attempt_at: 't' }).words).toBe('on its way');
    expect(of({ next_attempt_at: 't', attempts_count: 3 }).words).toBe('trying again');
  });

  it('says what a replay means', () => {
    expect(replayWords({ status: 'delivered', next_attempt_at: null })).toContain('a second time');
    expect(replayWords({ status: 'failed', next_attempt_at: null })).toContain('given up');
    expect(replayWords({ status: 'pending', next_attempt_at: 't' })).toContain('it is tried at once');
    expect(replayWords({ status: 'pending', next_attempt_at: null })).toContain('the first of them');
  });

  it('is told of each attempt', () => {
    expect(answerWords(FAILED)).toEqual({ tone: 'bad', words: '503', detail: 'Service Unavailable' });
    expect(answerWords({ ...FAILED, error: 'answered 503' })).toEqual({ tone: 'bad', words: '503' });
    const http = { request: FAILED.http.request };
    expect(answerWords({ ...FAILED, http, error: 'timed out' })).toEqual({
      tone: 'bad',
      words: 'no answer',
      detail: 'timed out',
    });
    const good = { ...FAILED, status: 'delivered', error: null } as const;
    expect(answerWords({ ...good, http: { ...http, response: { status: 204 } } })).toEqual({
      tone: 'good',
      words: '204',
    });
    expect([tookWords(FAILED), tookWords({ ...FAILED, finished_at: '2021-04-16T09:46:26.144Z' })]).toEqual([
      '87 ms',
      '5.1 s',
    ]);
    expect(tookWords({ ...FAILED, started_at: '' })).toBe('–');
  });
});

describe('rooms', () => {
  it('are named, each asked for once, and told when they are gone', async () => {
    const names = new Map<string, string | null>([['known', 'Known']]);
    const load = vi.fn(async (id: string) => {
      if (id === 'gone') throw new ApiError('', 404);
      if (id === 'away') throw new ApiError('', 503);
      return { unique_name: id === 'nameless-room-id' ? null : id.toUpperCase() };
    });
    const deliveries = ['known', 'a', 'a', 'gone', 'away', 'nameless-room-id'].map((room_id) => ({ room_id }));
    await addRoomNames(names, deliveries, load);
    expect(Object.fromEntries(names)).toEqual({ known: 'Known', a: 'A', 'nameless-room-id': 'nameless…', gone: null });
    expect(load).toHaveBeenCalledTimes(4);
  });

  it('are found by id or name', async () => {
    const find = vi.fn(async (name: string) => (name === 'Stand-up' ? [{ id: '1' }] : []));
    expect(await roomIdOf(' 0CCC7B54-4df3-4bca-a65a-3da1ecc777f0 ', find)).toBe('0ccc7b54-4df3-4bca-a65a-3da1ecc777f0');
    expect(await roomIdOf(' ', find)).toBe('');
    expect(find).not.toHaveBeenCalled();
    expect([await roomIdOf('Stand-up ', find), await roomIdOf('Lunch', find)]).toEqual(['1', undefined]);
  });
});
