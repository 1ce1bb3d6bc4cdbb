//! Keys that change while tokens are out.

use std::sync::{Arc, Mutex};

use greenroom_domain::Timestamp;
use greenroom_domain::limits::FAMILY_LIFE_MAX_SECS;
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_token::{
    KeyRing, KeyState, SigningKey, TokenError, TokenType, VerifyPolicy, mint_client, mint_pair,
    verify,
};

use crate::support::{NOW, NOW_SECS, Os, at, check, decode, grant, key, pair};

fn mint_longest(ring: &KeyRing, now: Timestamp) -> greenroom_token::IssuedPair {
    mint_pair(
        ring,
        grant(),
        ClientTokenTtl::new(3_600).unwrap(),
        RefreshTokenTtl::new(86_400).unwrap(),
        now,
        &Os,
    )
    .unwrap()
}

#[test]
fn no_live_token_is_lost_over_a_week_of_rotations() {
    let policy = VerifyPolicy::default();
    let mut ring = KeyRing::start(key(0), key(1), NOW).unwrap();
    let mut live: Vec<(String, TokenType, Timestamp)> = Vec::new();
    for hour in 0..24 * 7 {
        let now = at(NOW_SECS + hour * 3_600);
        live.retain(|(raw, kind, expires_at)| {
            let verdict = verify(&ring, raw, *kind, &policy, now);
            let expired = *expires_at <= now;
            assert_eq!(verdict.is_err(), expired, "hour {hour}: {verdict:?}");
            !expired
        });
        let pair = mint_longest(&ring, now);
        live.push((
            pair.client.jwt.into_exposed(),
            TokenType::Access,
            pair.client.expires_at,
        ));
        live.push((
            pair.refresh.jwt.into_exposed(),
            TokenType::Refresh,
            pair.refresh.expires_at,
        ));
        if hour % 3 == 0 {
            ring = ring.rotate(key(100 + hour.unsigned_abs()), now).unwrap();
        }
        ring = ring.expire(now).unwrap_or(ring);
        assert!(ring.entries().len() <= 11);
    }
    assert!(live.len() >= 24);
}

#[test]
fn no_token_is_refused_while_keys_rotate_under_load() {
    let current = Mutex::new(Arc::new(KeyRing::start(key(0), key(1), NOW).unwrap()));
    let snapshot = || current.lock().unwrap().clone();
    let policy = VerifyPolicy::default();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let pair = mint_longest(&snapshot(), NOW);
                    let raw = pair.refresh.jwt.expose();
                    let seen = snapshot();
                    let refresh = verify(&seen, raw, TokenType::Refresh, &policy, NOW).unwrap();
                    let ttl = ClientTokenTtl::default();
                    let client = mint_client(&snapshot(), &refresh, ttl, NOW, &Os).unwrap();
                    let raw = client.jwt.expose();
                    verify(&snapshot(), raw, TokenType::Access, &policy, NOW).unwrap();
                }
            });
        }
        for seed in 2..12 {
            let rotated = snapshot().rotate(key(seed), NOW).unwrap();
            *current.lock().unwrap() = Arc::new(rotated);
            std::thread::yield_now();
        }
    });
    assert_eq!(snapshot().entries().len(), 12);
}

#[test]
fn another_machine_may_be_a_rotation_ahead() {
    let behind = KeyRing::start(key(0), key(1), NOW).unwrap();
    let ahead = behind.rotate(key(2), NOW).unwrap();
    let token = pair(&ahead).client.jwt.into_exposed();
    assert!(check(&behind, &token, TokenType::Access).is_ok());
}

#[test]
fn a_retired_key_ends_even_if_nobody_tidies_up() {
    let policy = VerifyPolicy::default();
    let until = at(NOW_SECS + 30);
    let ring = KeyRing::new(vec![
        (key(1), KeyState::Active { since: NOW }),
        (key(3), KeyState::Retiring { until }),
    ])
    .unwrap();
    let before = KeyRing::start(key(3), key(1), NOW).unwrap();
    let token = pair(&before).client.jwt.into_exposed();
    let seen = |secs| {
        verify(
            &ring,
            &token,
            TokenType::Access,
            &policy,
            at(NOW_SECS + secs),
        )
        .map(|_| ())
    };
    assert_eq!(seen(29), Ok(()));
    assert_eq!(seen(30), Err(TokenError::KeyRetired));
    let tidied = ring.expire(until).unwrap();
    assert_eq!(
        verify(&tidied, &token, TokenType::Access, &policy, until),
        Err(TokenError::UnknownKey)
    );
}

#[test]
fn revoking_a_key_kills_its_tokens_and_no_others() {
    let first = KeyRing::start(key(0), key(1), NOW).unwrap();
    let old = pair(&first);
    let ring = first.rotate(key(2), NOW).unwrap();
    let new = pair(&ring);

    let revoked = ring.revoke(ring.active().kid(), key(3), NOW).unwrap();
    assert!(check(&revoked, old.client.jwt.expose(), TokenType::Access).is_ok());
    for (token, kind) in [
        (&new.client, TokenType::Access),
        (&new.refresh, TokenType::Refresh),
    ] {
        assert_eq!(
            check(&revoked, token.jwt.expose(), kind),
            Err(TokenError::UnknownKey)
        );
    }
    let replaced = pair(&revoked);
    assert!(check(&revoked, replaced.client.jwt.expose(), TokenType::Access).is_ok());

    let revoked = revoked.revoke(first.active().kid(), key(4), NOW).unwrap();
    assert_eq!(
        check(&revoked, old.client.jwt.expose(), TokenType::Access),
        Err(TokenError::UnknownKey)
    );
}

#[test]
fn a_key_retires_for_as_long_as_its_tokens_live() {
    let longest = i64::from(RefreshTokenTtl::MAX_SECS) + i64::from(ClientTokenTtl::MAX_SECS);
    assert!(FAMILY_LIFE_MAX_SECS >= longest);
    let policy = VerifyPolicy::default();
    let ring = KeyRing::start(key(0), key(1), NOW).unwrap();
    let pair = mint_longest(&ring, NOW);
    let rotated = ring.rotate(key(2), NOW).unwrap();
    let last = at(NOW_SECS + 86_399);
    let rotated = rotated.expire(last).unwrap_or(rotated);
    assert!(
        verify(
            &rotated,
            pair.refresh.jwt.expose(),
            TokenType::Refresh,
            &policy,
            last
        )
        .is_ok()
    );
}

#[test]
fn the_published_keys_verify_what_is_issued() {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    let ring = KeyRing::start(key(0), key(1), NOW).unwrap();
    let ring = ring.rotate(key(2), NOW).unwrap();
    let published = serde_json::to_value(ring.jwks()).unwrap();
    let keys = published["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 3);
    for (jwk, entry) in keys.iter().zip(ring.entries()) {
        let members: Vec<&String> = jwk.as_object().unwrap().keys().collect();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
        assert_eq!(jwk["kty"], "OKP");
        assert_eq!(jwk["crv"], "Ed25519");
        assert_eq!(jwk["alg"], "Ed25519");
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk["kid"], entry.kid().to_string());
        assert_eq!(decode(jwk["x"].as_str().unwrap()), entry.key().public_key());
    }
    let token = pair(&ring).client.jwt.into_exposed();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let public = decode(keys[0]["x"].as_str().unwrap());
    UnparsedPublicKey::new(&ED25519, public)
        .verify(input.as_bytes(), &decode(signature))
        .unwrap();
}

#[test]
fn keys_come_back_from_their_files_as_they_were() {
    let ring = KeyRing::start(key(0), key(1), NOW).unwrap();
    let token = pair(&ring).client.jwt.into_exposed();
    let read = ring
        .entries()
        .iter()
        .map(|entry| {
            let pem = entry.key().to_pkcs8_pem().unwrap();
            let key = SigningKey::from_pkcs8_pem(&pem).unwrap();
            (Arc::new(key), entry.state())
        })
        .collect();
    let restarted = KeyRing::new(read).unwrap();
    assert!(check(&restarted, &token, TokenType::Access).is_ok());
    assert_eq!(restarted.jwks(), ring.jwks());
}
