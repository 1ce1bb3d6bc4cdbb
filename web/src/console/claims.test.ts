import { expect, it } from 'vitest';
import { membersOf, roomOf } from './claims';

const ROOM = '0ccc7b54-4df3-4bca-a65a-3da1ecc777f0';
const CLAIMS = {
  exp: 1_619_094_295,
  typ: 'access',
  grants: [{ actions: ['join'], resources: [`telnyx:video:rooms:${ROOM}`] }],
  rotate: true,
  colour: null,
};

it('tells times in words', () => {
  const [exp] = membersOf(CLAIMS, 1_619_094_000_000);
  expect(exp).toEqual({
    name: 'exp',
    value: '1619094295',
    meaning: 'refused from 2021-04-22 12:24:55 UTC, in 4 min',
  });
});

it('shows the rest as it is', () => {
  const members = membersOf(CLAIMS, 0);
  expect(members.map(({ name }) => name)).toEqual(['exp', 'typ', 'grants', 'rotate', 'colour']);
  expect(members[4]).toEqual({ name: 'colour', value: 'null', meaning: undefined });
});

it('survives what nobody should have written', () => {
  for (const exp of ['soon', 1e300, Number.NaN, null]) expect(membersOf({ exp }, 0)[0]?.meaning).toBeUndefined();
  expect(membersOf({ constructor: 'x' }, 0)[0]?.meaning).toBeUndefined();
  expect(membersOf({ a: 'x'.repeat(9_000) }, 0)[0]?.value).toHaveLength(2_000);
});

it('finds the room', () => {
  expect(roomOf(CLAIMS)).toBe(ROOM);
  for (const claims of [null, {}, { grants: 'x' }, { grants: [{ resources: ['telnyx:video:rooms:*'] }] }])
    expect(roomOf(claims)).toBeUndefined();
});
