// Taking tokens apart, checking their signatures against a JWKS, and forging them.
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { rememberSecrets } from './record.mjs';

const text = (part) => Buffer.from(part, 'base64url').toString('utf8');

export function decode(token) {
  const [header, payload, signature] = token.split('.');
  return {
    headerText: text(header),
    payloadText: text(payload),
    header: JSON.parse(text(header)),
    claims: JSON.parse(text(payload)),
    signature: Buffer.from(signature, 'base64url'),
    signed: Buffer.from(`${header}.${payload}`),
  };
}

/** RFC 7638: the digest of the required members, in alphabetical order. */
export function thumbprint({ crv, kty, x }) {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
}

/** True if the key that the token's header names signed it. */
export function signedBy(token, jwks) {
  const { header, signed, signature } = decode(token);
  const jwk = jwks.keys.find(({ kid }) => kid === header.kid);
  return jwk !== undefined && verify(null, signed, createPublicKey({ key: jwk, format: 'jwk' }), signature);
}

/** The same header and claims under a signature by a key of one's own. */
export function forge(token) {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { signed } = decode(token);
  const forged = `${signed}.${sign(null, signed, privateKey).toString('base64url')}`;
  rememberSecrets(forged);
  return forged;
}
