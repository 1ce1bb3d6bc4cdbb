import { describe, expect, it } from 'vitest';
import { href, parseRoute, type Route, webhooksRoute } from './route';

describe('the place in the address', () => {
  const places: [string, Route][] = [
    ['#/', { view: 'overview' }],
    ['#/rooms', { view: 'rooms', page: 1, search: '' }],
    ['#/rooms?page=3&search=stand+up', { view: 'rooms', page: 3, search: 'stand up' }],
    ['#/rooms/a%2Fb', { view: 'room', room: 'a/b', page: 1 }],
    ['#/sessions/0ccc7b54', { view: 'session', session: '0ccc7b54' }],
    ['#/webhooks', webhooksRoute],
    [
      '#/webhooks?page=2&status=failed&type=video.room.session.ended&room=0ccc7b54',
      { view: 'webhooks', page: 2, status: 'failed', type: 'video.room.session.ended', room: '0ccc7b54' },
    ],
    ['#/webhooks/e6ab1ae8', { view: 'delivery', delivery: 'e6ab1ae8' }],
    ['#/keys', { view: 'keys' }],
    ['#/token', { view: 'token' }],
  ];

  it.each(places)('%s is read and written', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
    expect(href(route)).toBe(hash);
  });

  it('starts with the overview', () => {
    expect(parseRoute('')).toEqual({ view: 'overview' });
    expect(parseRoute('#')).toEqual({ view: 'overview' });
  });

  it('leads nowhere when it is none of ours', () => {
    for (const hash of [
      '#/elsewhere',
      '#/rooms/a/b',
      '#/sessions',
      '#/token/x',
      '#/keys/x',
      '#/webhooks/a/b',
      '#room=1&refresh=2',
    ])
      expect(parseRoute(hash)).toEqual({ view: 'nowhere' });
  });

  it('takes no page that cannot be', () => {
    for (const page of ['0', '-1', '1.5', 'x', '99999999999'])
      expect(parseRoute(`#/rooms?page=${page}`)).toMatchObject({ page: 1 });
  });

  it('takes no state of a delivery that there is not', () => {
    expect(parseRoute('#/webhooks?status=dead')).toEqual(webhooksRoute);
  });

  it('survives what cannot be decoded', () => {
    expect(parseRoute('#/rooms/%E0%A4%A')).toEqual({ view: 'room', room: '%E0%A4%A', page: 1 });
  });
});
