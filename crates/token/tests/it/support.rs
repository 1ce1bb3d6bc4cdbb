//! A ring with known keys, and a forger who has whichever of them a test gives it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{AccountId, Entropy, JoinGrant, RoomId, Timestamp};
use greenroom_token::{
    IssuedPair, KeyRing, KeyState, SigningKey, TokenError, TokenType, VerifiedToken, VerifyPolicy,
    explain, mint_pair, verify,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Random bytes that repeat from a seed (`SplitMix64`).
pub(crate) struct Seeded(AtomicU64);

impl Seeded {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        for chunk in out.chunks_mut(8) {
            let mut word = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Random bytes of the operating system.
pub(crate) struct Os;

impl Entropy for Os {
    fn fill(&self, out: &mut [u8]) {
        aws_lc_rs::rand::fill(out).unwrap();
    }
}

pub(crate) const NOW_SECS: i64 = 1_619_093_695;
pub(crate) const NOW: Timestamp = Timestamp::from_unix_secs(NOW_SECS);
pub(crate) const ROOM: &str = "9e2a0cbe-ce66-411e-a1ac-468f0b103c9a";
pub(crate) const ACCOUNT: &str = "782b2cbe-8466-4e3f-a4d3-9781eb577e50";

pub(crate) fn at(secs: i64) -> Timestamp {
    Timestamp::from_unix_secs(secs)
}

pub(crate) fn grant() -> JoinGrant {
    JoinGrant::from_verified(
        ROOM.parse::<RoomId>().unwrap(),
        ACCOUNT.parse::<AccountId>().unwrap(),
    )
}

pub(crate) fn key(seed: u64) -> Arc<SigningKey> {
    Arc::new(SigningKey::generate(&Seeded::new(seed)).unwrap())
}

/// A ring with one key in each state; `key(1)` signs, `key(2)` is next, `key(3)` retires.
pub(crate) fn ring() -> KeyRing {
    KeyRing::new(vec![
        (key(1), KeyState::Active { since: NOW }),
        (key(2), KeyState::Next),
        (
            key(3),
            KeyState::Retiring {
                until: at(NOW_SECS + 3_600),
            },
        ),
    ])
    .unwrap()
}

pub(crate) fn pair(ring: &KeyRing) -> IssuedPair {
    mint_pair(
        ring,
        grant(),
        ClientTokenTtl::default(),
        RefreshTokenTtl::default(),
        NOW,
        &Seeded::new(99),
    )
    .unwrap()
}

/// Verifies with the default policy as of [`NOW`], and makes sure that an explanation agrees.
pub(crate) fn check(
    ring: &KeyRing,
    raw: &str,
    wanted: TokenType,
) -> Result<VerifiedToken, TokenError> {
    let policy = VerifyPolicy::default();
    let verdict = verify(ring, raw, wanted, &policy, NOW);
    if verdict != Err(TokenError::WrongTokenType) {
        assert_eq!(
            explain(ring, raw, &policy, NOW).result().copied(),
            verdict,
            "{raw:.200}"
        );
    }
    verdict
}

/// As [`check`], of a client token by [`ring`].
pub(crate) fn check_access(raw: &str) -> Result<VerifiedToken, TokenError> {
    check(&ring(), raw, TokenType::Access)
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(segment: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(segment).unwrap()
}

/// The segments of a token.
pub(crate) fn segments(raw: &str) -> [&str; 3] {
    raw.split('.').collect::<Vec<_>>().try_into().unwrap()
}

/// A private key's DER, out of its file.
pub(crate) fn der_of(key: &SigningKey) -> Vec<u8> {
    let pem = key.to_pkcs8_pem().unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(body).unwrap()
}

/// Signs any header and payload whatsoever, as somebody with the private key could.
pub(crate) fn sign_raw(
    key: &SigningKey,
    header: impl AsRef<[u8]>,
    payload: impl AsRef<[u8]>,
) -> String {
    let signing_input = format!("{}.{}", encode(header), encode(payload));
    sign_input(key, &signing_input)
}

/// Signs text that stands in the place of header and payload.
pub(crate) fn sign_input(key: &SigningKey, signing_input: &str) -> String {
    let signer = Ed25519KeyPair::from_pkcs8(&der_of(key)).unwrap();
    let signature = signer.sign(signing_input.as_bytes());
    format!("{signing_input}.{}", encode(signature))
}

pub(crate) fn header(key: &SigningKey) -> Value {
    json!({"alg": "Ed25519", "typ": "JWT", "kid": key.kid().to_string()})
}

/// The claims of a good client token.
pub(crate) fn claims() -> Value {
    json!({
        "aud": "telnyx_access_token",
        "exp": NOW_SECS + 600,
        "grants": [{
            "actions": ["join"],
            "resources": [format!("telnyx:video:rooms:{ROOM}")],
            "subjects": [format!("telnyx:users:{ACCOUNT}")],
        }],
        "grants_version": "1.0.0",
        "iat": NOW_SECS,
        "iss": "telnyx_access_token",
        "jti": "9e622906-75e7-40b6-b900-754b1f3ed32f",
        "nbf": NOW_SECS - 1,
        "sid": "d79be38c-ad54-4d9d-a878-a165c5940d07",
        "sub": "null",
        "typ": "access",
    })
}

/// A token with these claims, otherwise good.
pub(crate) fn with_claims(claims: &Value) -> String {
    with_payload(claims.to_string())
}

/// A token with this payload, otherwise good.
pub(crate) fn with_payload(payload: impl AsRef<[u8]>) -> String {
    let key = key(1);
    sign_raw(&key, header(&key).to_string(), payload)
}

/// A token with this header, otherwise good.
pub(crate) fn with_header(header: impl AsRef<[u8]>) -> String {
    sign_raw(&key(1), header, claims().to_string())
}

/// [`claims`] with one changed; `null` in a table would read as an absent one, so that is apart.
pub(crate) fn changed(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

pub(crate) fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

/// What becomes of a client token with these claims.
pub(crate) fn verdict(claims: &Value) -> Result<(), TokenError> {
    check_access(&with_claims(claims)).map(|_| ())
}

/// Any JSON, with a liking for what looks like a time.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        (NOW_SECS - 4_000..NOW_SECS + 8_000).prop_map(Into::into),
        (NOW_SECS - 4_000..NOW_SECS + 8_000).prop_map(|secs| secs.to_string().into()),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
            proptest::collection::btree_map(".{0,3}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
