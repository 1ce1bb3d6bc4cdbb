import { expect, test } from 'vitest';
import { invitationLink } from '../../shared/invitation';
import { expiryOf, roomLink, wishOf } from './address';

test('an address can bring a key, a room, an invitation, or nothing', () => {
  expect(wishOf('')).toEqual({ kind: 'none' });
  expect(wishOf('#something=else')).toEqual({ kind: 'none' });
  expect(wishOf('#key=KEY01')).toEqual({ kind: 'key', key: 'KEY01' });
  expect(wishOf('#room=stand+up%20')).toEqual({ kind: 'room', name: 'stand up' });
  expect(wishOf('#room=1&refresh=a.b.c&title=Team+%26+co')).toEqual({
    kind: 'invitation',
    invitation: { roomId: '1', refreshToken: 'a.b.c', title: 'Team & co' },
  });
});

test('a token without a room opens nothing', () => {
  expect(wishOf('#refresh=a.b.c')).toEqual({ kind: 'none' });
});

test('links are read back as they were written', () => {
  const invitation = { roomId: 'r', refreshToken: 'a.b-c_d', title: 'Grün & co #1' };
  const link = invitationLink('http://h/#room=old', invitation);
  expect(link.startsWith('http://h/#room=r&')).toBe(true);
  expect(wishOf(new URL(link).hash)).toEqual({ kind: 'invitation', invitation });
  expect(wishOf(new URL(roomLink('http://h/', 'a b&c')).hash)).toEqual({ kind: 'room', name: 'a b&c' });
});

test('a name has a bound', () => {
  const wish = wishOf(`#room=${'x'.repeat(1000)}`);
  expect(wish.kind === 'room' && wish.name.length).toBe(255);
});

test('the expiry of a token is read from its claims', () => {
  const claims = btoa(JSON.stringify({ exp: 1_700_000_000, name: 'ÿ>?' }))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
  expect(expiryOf(`h.${claims.replaceAll('=', '')}.s`)).toBe(1_700_000_000_000);
  for (const none of ['', 'x', 'a.b.c', `a.${btoa('{}')}.c`, `a.${btoa('null')}.c`])
    expect(expiryOf(none)).toBeUndefined();
});
