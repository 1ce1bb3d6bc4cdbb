import { expect, test } from 'vitest';
import { afterAsking, afterEnd, ENDINGS, refusedToken } from './ending';

test('a lost network, a stopping server and one that is busy bring the page back', () => {
  for (const code of [1006, 1001, 1005, 1011, 1013, 3999, undefined]) {
    expect(afterEnd({ wasIn: true, code })).toBe('rejoin');
  }
  expect(afterEnd({ wasIn: true, silent: true, code: 4000 })).toBe('rejoin');
  expect(afterEnd({ wasIn: true, timedOut: true, code: 4000 })).toBe('rejoin');
  for (const status of [429, 503]) expect(afterEnd({ wasIn: false, status, code: 1013 })).toBe('rejoin');
});

test('who was sent out does not come back', () => {
  expect(afterEnd({ wasIn: true, kicked: true, code: 4000 })).toBe(ENDINGS.kicked);
  expect(afterEnd({ wasIn: true, kicked: true, code: 1006 })).toBe(ENDINGS.kicked);
});

test('an expired token is replaced, and if there is none the page says so', () => {
  const facts = { wasIn: true, status: 401, code: 4000 };
  expect(afterEnd(facts)).toBe('ask');
  expect(afterAsking(facts, true)).toBe('rejoin');
  expect(afterAsking(facts, false)).toBe(ENDINGS.refused);
});

test('a good token without a place means a full room', () => {
  const facts = { wasIn: false, status: 403, code: 4000 };
  expect(afterEnd(facts)).toBe('ask');
  expect(afterAsking(facts, true)).toBe(ENDINGS.full);
  expect(afterAsking(facts, false)).toBe(ENDINGS.refused);
});

test('a call that was ended is over; a room that was deleted is gone', () => {
  const facts = { wasIn: true, code: 4000 };
  expect(afterEnd(facts)).toBe('ask');
  expect(afterAsking(facts, true)).toBe(ENDINGS.ended);
  expect(afterAsking(facts, false)).toBe(ENDINGS.gone);
});

test('a revoked key of one way in is no reason to stay out if another token is given', () => {
  expect(afterAsking({ wasIn: true, status: 403, code: 4000 }, true)).toBe('rejoin');
});

test('a refusal of a token is final, unless the server was only busy or away', () => {
  for (const status of [0, 408, 429, 500, 503]) expect(refusedToken({ status })).toBeUndefined();
  for (const status of [401, 403, 404, 422]) expect(refusedToken({ status })).toBe(ENDINGS.refused);
});
