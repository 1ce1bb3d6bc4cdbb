import { expect, it } from 'vitest';
import { moderationOf, retryHoursOf, settingGroups } from './settings';

it('reads settings by their names and units', () => {
  const groups = settingGroups({
    tokens: { expiry: 'close', reuse: 'reject_new', client_ttl_max_secs: 3_600 },
    webhooks: { retry_hours: 72, keep_days: 1 },
    moderation: { kick_revokes: true },
    limits: { body_max_bytes: 16_384, odd_bytes: 1_000, api_key_burst: 0, connections_max: 10_000 },
    later: null,
  });
  expect(groups).toEqual([
    {
      title: 'Tokens',
      settings: [
        { name: 'A session whose token expires', value: 'is ended' },
        { name: 'A second session with one token family', value: 'is refused' },
        { name: 'Client token lives at most', value: '1 h' },
      ],
    },
    {
      title: 'Webhooks',
      settings: [
        { name: 'Events are tried for', value: '72 hours' },
        { name: 'Delivered events are kept for', value: '1 day' },
      ],
    },
    { title: 'Moderation', settings: [{ name: 'A kick revokes tokens', value: 'yes' }] },
    {
      title: 'Limits',
      settings: [
        { name: 'Body at most', value: '16 KiB' },
        { name: 'Odd', value: '1,000 bytes' },
        { name: 'API key burst', value: 'no limit' },
        { name: 'Connections at most', value: '10,000' },
      ],
    },
  ]);
});

it('knows what a kick does, if the server says so', () => {
  expect(moderationOf({ moderation: { kick_revokes: false } }).kick_revokes).toBe(false);
  expect(moderationOf({})).toEqual({});
  expect(moderationOf(undefined)).toEqual({});
});

it('knows how long an event is tried, if the server says so', () => {
  expect(retryHoursOf({ webhooks: { retry_hours: 72 } })).toBe(72);
  for (const none of [undefined, {}, { webhooks: null }, { webhooks: { retry_hours: '72' } }])
    expect(retryHoursOf(none)).toBeUndefined();
});
