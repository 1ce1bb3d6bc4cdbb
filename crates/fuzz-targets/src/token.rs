//! Text as a token, or as claims under the signature of a key of ours.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use greenroom_domain::limits::TOKEN_MAX_BYTES;
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{AccountId, Entropy, JoinGrant, RoomId, Timestamp};
use greenroom_token::{
    KeyRing, KeyState, SigningKey, TokenError, TokenType, VerifiedToken, VerifyPolicy, explain,
    mint_pair, verify,
};
use serde_json::Value;
use uuid::Uuid;

/// The present: ten seconds after the known tokens were issued.
const NOW: Timestamp = Timestamp::from_unix_secs(ISSUED_SECS + 10);
const ISSUED_SECS: i64 = 1_619_093_695;

/// What stands between a header and its claims in an input that is to be signed.
const SEPARATOR: &[u8] = b"\n.\n";

const ACTIVE: u8 = 1;
const NEXT: u8 = 2;
const RETIRING: u8 = 3;

/// Every byte the same: a key that everybody knows.
struct Constant(u8);

impl Entropy for Constant {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0);
    }
}

static RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let issued = Timestamp::from_unix_secs(ISSUED_SECS);
    let key = |seed| Arc::new(SigningKey::generate(&Constant(seed)).unwrap());
    KeyRing::new(vec![
        (key(ACTIVE), KeyState::Active { since: issued }),
        (key(NEXT), KeyState::Next),
        (
            key(RETIRING),
            KeyState::Retiring {
                until: issued.saturating_add_secs(3_600),
            },
        ),
    ])
    .unwrap()
});

static KNOWN: LazyLock<[String; 2]> = LazyLock::new(|| {
    let grant = JoinGrant::from_verified(
        RoomId::from_uuid(Uuid::from_u128(7)),
        AccountId::from_uuid(Uuid::from_u128(8)),
    );
    let pair = mint_pair(
        &RING,
        grant,
        ClientTokenTtl::default(),
        RefreshTokenTtl::default(),
        Timestamp::from_unix_secs(ISSUED_SECS),
        &Constant(9),
    )
    .unwrap();
    [
        pair.client.jwt.into_exposed(),
        pair.refresh.jwt.into_exposed(),
    ]
});

/// The only two tokens that were ever issued here: a client token and its refresh token.
pub fn known_tokens() -> &'static [String; 2] {
    &KNOWN
}

/// Verifies and explains a token.
///
/// Input that begins with `{` becomes claims that our active key signs, or header and claims with
/// a line `.` between; so what comes after the signature is reached, too. Any other input is a
/// token as it stands, and only the [`known_tokens`] may pass.
pub fn token(input: &[u8]) {
    if input.starts_with(b"{") {
        let (raw, claims) = signed(input);
        if let Some(accepted) = check(&raw) {
            check_claims(&accepted, claims);
        }
        return;
    }
    let Ok(raw) = std::str::from_utf8(input) else {
        return;
    };
    if check(raw).is_some() {
        assert!(KNOWN.iter().any(|known| known == raw), "forged: {raw}");
    }
}

/// Makes a token of the input; also gives the claims in it.
fn signed(input: &[u8]) -> (String, &[u8]) {
    let own_header = format!(
        r#"{{"alg":"Ed25519","typ":"JWT","kid":"{}"}}"#,
        RING.active().kid()
    );
    let split = input
        .windows(SEPARATOR.len())
        .position(|window| window == SEPARATOR);
    let (header, claims) = match split {
        Some(at) => (
            input.get(..at).unwrap(),
            input.get(at + SEPARATOR.len()..).unwrap(),
        ),
        None => (own_header.as_bytes(), input),
    };
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let signing_input = format!("{}.{}", encode(header), encode(claims));
    let signer = Ed25519KeyPair::from_seed_unchecked(&[ACTIVE; 32]).unwrap();
    let signature = signer.sign(signing_input.as_bytes());
    let raw = format!("{signing_input}.{}", encode(signature.as_ref()));
    (raw, claims)
}

/// What holds for every text; the token if it is good for anything.
fn check(raw: &str) -> Option<VerifiedToken> {
    let policy = VerifyPolicy::default();
    let [access, refresh] = [TokenType::Access, TokenType::Refresh]
        .map(|wanted| verify(&RING, raw, wanted, &policy, NOW));
    assert!(
        access.is_err() || refresh.is_err(),
        "a token of both kinds: {raw}"
    );
    let explanation = explain(&RING, raw, &policy, NOW);
    let explained = explanation.result().copied();
    let expected = if access == Err(TokenError::WrongTokenType) {
        refresh
    } else {
        access
    };
    assert_eq!(
        explained, expected,
        "an explanation that is not true: {raw}"
    );
    let shown = explanation.to_string();
    assert!(
        shown
            .bytes()
            .all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)),
        "a terminal would take this for more than text: {shown:?}"
    );
    for wanted in [TokenType::Access, TokenType::Refresh] {
        let lenient = verify(&RING, raw, wanted, &policy.accepting_eddsa(), NOW);
        let strict = verify(&RING, raw, wanted, &policy, NOW);
        assert!(strict.is_err() || strict == lenient, "{raw}");
    }
    let accepted = explained.ok()?;
    assert!(raw.len() <= TOKEN_MAX_BYTES);
    assert!(raw.is_ascii());
    assert!(accepted.expires_at() > NOW, "expired");
    assert!(RING.contains(accepted.kid()), "of no key of ours");
    Some(accepted)
}

/// Another parser reads the same out of the claims.
fn check_claims(accepted: &VerifiedToken, claims: &[u8]) {
    let claims: Value = serde_json::from_slice(claims).unwrap();
    let kind = match accepted.token_type() {
        TokenType::Access => "access",
        TokenType::Refresh => "refresh",
    };
    let grant = accepted.grant();
    for (pointer, value) in [
        ("/typ", kind.to_owned()),
        ("/iss", "telnyx_access_token".to_owned()),
        ("/grants_version", "1.0.0".to_owned()),
        ("/sid", accepted.family().to_string()),
        ("/jti", accepted.token_id().to_string()),
        ("/grants/0/actions/0", "join".to_owned()),
        (
            "/grants/0/resources/0",
            format!("telnyx:video:rooms:{}", grant.room_id()),
        ),
        (
            "/grants/0/subjects/0",
            format!("telnyx:users:{}", grant.account_id()),
        ),
    ] {
        let found = claims.pointer(pointer).and_then(Value::as_str);
        assert_eq!(found, Some(value.as_str()), "{pointer}");
    }
    for (name, time) in [
        ("exp", accepted.expires_at()),
        ("iat", accepted.issued_at()),
    ] {
        let found = claims.get(name).and_then(Value::as_i64);
        assert_eq!(found, Some(time.unix_secs()), "{name}");
    }
    let grants = claims.get("grants").and_then(Value::as_array);
    assert_eq!(grants.map(Vec::len), Some(1));
}
