import { describe, expect, it } from 'vitest';
import type { Room } from './resources';
import { bodyOf, faultsIn, formOf } from './roomForm';

const ROOM: Room = {
  id: '0ccc7b54-4df3-4bca-a65a-3da1ecc777f0',
  unique_name: 'standup',
  max_participants: 10,
  enable_recording: false,
  active_session_id: null,
  webhook_event_url: 'https://example.com/hook',
  webhook_event_failover_url: '',
  webhook_timeout_secs: null,
  created_at: '2021-04-16T09:46:20.954863Z',
  updated_at: '2021-04-16T09:46:20.954863Z',
};

describe('a new room', () => {
  it('is made with what was filled in', () => {
    expect(bodyOf(formOf())).toEqual({ max_participants: 10 });
    const form = { ...formOf(), unique_name: ' standup ', webhook_timeout_secs: '5' };
    expect(bodyOf(form)).toMatchObject({ unique_name: 'standup', webhook_timeout_secs: 5 });
  });
});

describe('a room that is there', () => {
  it('is changed where the form was', () => {
    expect(bodyOf(formOf(ROOM), ROOM)).toEqual({});
    expect(bodyOf({ ...formOf(ROOM), max_participants: '12' }, ROOM)).toEqual({ max_participants: 12 });
  });

  it('is cleared where the form is empty', () => {
    const form = { ...formOf(ROOM), unique_name: '', webhook_event_url: '' };
    expect(bodyOf(form, ROOM)).toEqual({ unique_name: null, webhook_event_url: null });
  });
});

describe('a form', () => {
  const faults = (changes: object) => Object.keys(faultsIn({ ...formOf(ROOM), ...changes }));

  it('is fine as it comes', () => {
    expect(faultsIn(formOf())).toEqual({});
    expect(faultsIn(formOf(ROOM))).toEqual({});
  });

  it('tells what is wrong', () => {
    for (const count of ['', '1', '51', '2.5', 'x'])
      expect(faults({ max_participants: count })).toEqual(['max_participants']);
    for (const secs of ['0', '31', 'x'])
      expect(faults({ webhook_timeout_secs: secs })).toEqual(['webhook_timeout_secs']);
    for (const url of ['example.com', 'ftp://example.com', 'http://'])
      expect(faults({ webhook_event_url: url })).toEqual(['webhook_event_url']);
    expect(faults({ webhook_event_url: '', webhook_event_failover_url: 'https://b.example' })).toEqual([
      'webhook_event_url',
    ]);
  });
});
