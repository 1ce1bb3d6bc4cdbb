import { describe, expect, it } from 'vitest';
import { errorOf } from '../shared/api';
import { errorWords, faultsByField, mayPass } from './errors';

const INVALID = {
  code: '10012',
  title: 'Duplicate resource',
  detail: 'unique_name is taken',
  errors: [
    { code: '10012', title: 'Duplicate resource', detail: 'unique_name is taken', source: { pointer: '/unique_name' } },
    { code: '10015', title: 'Validation Failed', detail: 'page is 0', source: { parameter: 'page[number]' } },
    { code: '10023', title: 'Invalid JSON' },
  ],
};

const of = (status: number, body?: unknown, retryAfter: string | null = null, requestId?: string) =>
  errorOf(status, body, retryAfter, requestId);

describe('an error', () => {
  it('is told with all faults, each at its field', () => {
    const error = of(422, INVALID);
    expect(errorWords(error)).toEqual({
      title: 'That was not accepted',
      detail: 'unique_name is taken page is 0 Invalid JSON',
    });
    expect(faultsByField(error, ['unique_name'])).toEqual({
      unique_name: 'unique_name is taken',
      '': 'page is 0 Invalid JSON',
    });
    expect(faultsByField(of(503, INVALID), ['unique_name'])).toEqual({});
  });

  it('is told in words', () => {
    expect(errorWords(of(401)).title).toBe('The API key is not accepted');
    expect(errorWords(of(403, { detail: 'Only the operator may.' }))).toEqual({
      title: 'This key may not do that',
      detail: 'Only the operator may.',
    });
    expect(errorWords(of(429, undefined, '7')).detail).toBe('Try again in 7 s.');
    expect(errorWords(of(429, undefined, 'soon')).detail).toBe('Try again a little later.');
    expect(errorWords(of(500, undefined, null, 'abc')).detail).toContain('abc');
    expect(errorWords(of(0)).title).toBe('The server cannot be reached');
    expect(errorWords(of(418)).detail).toBe('The server answered with 418.');
    expect(errorWords(new TypeError('x is not a function')).detail).toContain('x is not a function');
  });

  it('is not trusted to be of this server', () => {
    for (const body of [undefined, null, 'no', 3, [], { errors: 'no' }, { errors: [null, 3, {}] }])
      expect(errorWords(of(400, body)).detail).toBe('The server answered with 400.');
  });

  it('may pass by itself', () => {
    expect([0, 429, 500, 503].every((status) => mayPass(of(status)))).toBe(true);
    expect([401, 403, 404, 422].some((status) => mayPass(of(status)))).toBe(false);
  });
});
