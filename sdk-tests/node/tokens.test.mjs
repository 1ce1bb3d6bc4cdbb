// Client tokens through the Node SDK: what a pair holds, who signed it, and what refreshing gives.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Telnyx from 'telnyx';
import { UUID, WHOLE_SECONDS } from '../lib/expect.mjs';
import { decode, signedBy, thumbprint } from '../lib/jwt.mjs';
import { journal } from '../lib/record.mjs';
import { startServer } from '../lib/server.mjs';

const CLAIMS = [
  'aud', 'exp', 'grants', 'grants_version', 'iat', 'iss', 'jti', 'nbf', 'sid', 'sub', 'typ',
];

let server;
let client;
let room;
let jwks;
before(async () => {
  server = await startServer('node-tokens');
  client = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
  ({ data: room } = await client.rooms.create({ unique_name: 'tokens' }));
  jwks = await (await fetch(`${server.http}/.well-known/jwks.json`)).json();
});
after(() => server.stop());

async function pair(body) {
  const { data } = await client.rooms.actions.generateJoinClientToken(room.id, body);
  return data;
}

/** All that must hold for one token, whichever way it was made. Returns its claims. */
function assertToken(token, { typ, expiresAt, ttl }) {
  const { headerText, payloadText, header, claims, signature } = decode(token);
  assert.equal(headerText, `{"alg":"Ed25519","typ":"JWT","kid":"${header.kid}"}`);
  assert.deepEqual(Object.keys(claims), CLAIMS);
  assert.equal(payloadText, JSON.stringify(claims));
  assert.equal(signature.length, 64);
  assert.ok(signedBy(token, jwks), 'signed by a key of the JWKS');

  assert.equal(claims.typ, typ);
  assert.equal(claims.iss, 'telnyx_access_token');
  assert.equal(claims.aud, 'telnyx_access_token');
  assert.equal(claims.sub, 'null');
  assert.equal(claims.grants_version, '1.0.0');
  assert.match(claims.jti, UUID);
  assert.equal(typeof claims.sid, 'string');
  assert.equal(claims.exp, claims.iat + ttl);
  assert.equal(claims.nbf, claims.iat - 1);
  assert.ok(Math.abs(claims.iat - Date.now() / 1000) < 10, 'iat is now');

  assert.equal(claims.grants.length, 1);
  const [grant] = claims.grants;
  assert.deepEqual(Object.keys(grant), ['actions', 'resources', 'subjects']);
  assert.deepEqual(grant.actions, ['join']);
  assert.deepEqual(grant.resources, [`telnyx:video:rooms:${room.id}`]);
  assert.equal(grant.subjects.length, 1);
  assert.match(grant.subjects[0].replace('telnyx:users:', ''), UUID);

  assert.match(expiresAt, WHOLE_SECONDS);
  assert.equal(Date.parse(expiresAt), claims.exp * 1000);
  return claims;
}

test('the JWKS holds Ed25519 public keys named by their thumbprints', () => {
  assert.ok(jwks.keys.length >= 1);
  for (const key of jwks.keys) {
    assert.equal(key.kty, 'OKP');
    assert.equal(key.crv, 'Ed25519');
    assert.equal(key.alg, 'Ed25519');
    assert.equal(key.use, 'sig');
    assert.equal(key.kid, thumbprint(key));
    assert.equal('d' in key, false);
  }
});

test('a pair made with zero bytes of body has the default lives', async () => {
  const data = await pair();
  assert.equal(journal.at(-1).status, 201);
  const access = assertToken(data.token, { typ: 'access', expiresAt: data.token_expires_at, ttl: 600 });
  const refresh = assertToken(data.refresh_token, {
    typ: 'refresh',
    expiresAt: data.refresh_token_expires_at,
    ttl: 3600,
  });
  assert.notEqual(access.jti, refresh.jti);
  assert.equal(access.sid, refresh.sid);
  assert.deepEqual(access.grants, refresh.grants);
});

test('lives are taken at their bounds, and as strings', async () => {
  for (const [token_ttl_secs, refresh_token_ttl_secs] of [
    [10, 60],
    [3600, 86400],
    ['30', '90'],
  ]) {
    const data = await pair({ token_ttl_secs, refresh_token_ttl_secs });
    assertToken(data.token, { typ: 'access', expiresAt: data.token_expires_at, ttl: Number(token_ttl_secs) });
    assertToken(data.refresh_token, {
      typ: 'refresh',
      expiresAt: data.refresh_token_expires_at,
      ttl: Number(refresh_token_ttl_secs),
    });
  }
});

test('two pairs are two families', async () => {
  const [one, other] = [await pair(), await pair()].map(({ token }) => decode(token).claims);
  assert.notEqual(one.sid, other.sid);
  assert.notEqual(one.jti, other.jti);
});

test('refresh gives a new client token of the same family, and no refresh token', async () => {
  const made = await pair();
  const { data } = await client.rooms.actions.refreshClientToken(room.id, {
    refresh_token: made.refresh_token,
    token_ttl_secs: 120,
  });
  assert.equal(journal.at(-1).status, 201);
  assert.equal('refresh_token' in data, false);
  assert.equal('refresh_token_expires_at' in data, false);
  const claims = assertToken(data.token, { typ: 'access', expiresAt: data.token_expires_at, ttl: 120 });
  const original = decode(made.token).claims;
  assert.equal(claims.sid, original.sid);
  assert.deepEqual(claims.grants, original.grants);
  assert.notEqual(claims.jti, original.jti);
});

test('refresh needs no key, minds no wrong one, and works again with the same refresh token', async () => {
  const { refresh_token } = await pair();
  for (const apiKey of [null, 'KEY-not-a-key-of-this-server']) {
    const keyless = new Telnyx({ baseURL: server.baseURL, apiKey });
    const { data } = await keyless.rooms.actions.refreshClientToken(room.id, { refresh_token });
    assertToken(data.token, { typ: 'access', expiresAt: data.token_expires_at, ttl: 600 });
  }
});

test('the room id `undefined` of the vendor\'s sample application is taken from the token', async () => {
  const { refresh_token } = await pair();
  const { data } = await client.rooms.actions.refreshClientToken('undefined', { refresh_token });
  assertToken(data.token, { typ: 'access', expiresAt: data.token_expires_at, ttl: 600 });
});
