//! What is issued, and what a refresh can and cannot do.

use std::collections::HashSet;

use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{Timestamp, TokenId};
use greenroom_token::{
    KeyRing, KeyState, MintError, TokenType, VerifyPolicy, mint_client, mint_pair, verify,
};

use crate::support::{
    NOW, NOW_SECS, Os, Seeded, at, check, decode, grant, key, pair, ring, segments,
};

#[test]
fn a_pair_is_one_family() {
    let ring = ring();
    let pair = mint_pair(
        &ring,
        grant(),
        ClientTokenTtl::new(10).unwrap(),
        RefreshTokenTtl::new(86_400).unwrap(),
        NOW,
        &Seeded::new(1),
    )
    .unwrap();
    let client = check(&ring, pair.client.jwt.expose(), TokenType::Access).unwrap();
    let refresh = check(&ring, pair.refresh.jwt.expose(), TokenType::Refresh).unwrap();
    assert_eq!(client.family(), pair.family);
    assert_eq!(refresh.family(), pair.family);
    assert_ne!(client.token_id(), refresh.token_id());
    assert_eq!(client.grant(), grant());
    assert_eq!(refresh.grant(), grant());
    assert_eq!(client.kid(), ring.active().kid());
    assert_eq!(client.expires_at(), at(NOW_SECS + 10));
    assert_eq!(refresh.expires_at(), at(NOW_SECS + 86_400));
    assert_eq!(client.expires_at(), pair.client.expires_at);
    assert_eq!(refresh.expires_at(), pair.refresh.expires_at);
}

#[test]
fn times_are_whole_seconds() {
    let ring = ring();
    let between = NOW.saturating_add_micros(999_999);
    let pair = mint_pair(
        &ring,
        grant(),
        ClientTokenTtl::default(),
        RefreshTokenTtl::default(),
        between,
        &Seeded::new(1),
    )
    .unwrap();
    assert_eq!(pair.client.expires_at, at(NOW_SECS + 600));
    let [_, payload, _] = segments(pair.client.jwt.expose());
    let payload: serde_json::Value = serde_json::from_slice(&decode(payload)).unwrap();
    assert_eq!(payload["iat"], NOW_SECS);
    assert_eq!(payload["nbf"], NOW_SECS - 1);
    assert_eq!(payload["exp"], NOW_SECS + 600);
}

#[test]
fn a_refresh_token_can_be_used_again_and_again() {
    let ring = ring();
    let pair = pair(&ring);
    let mut ids = HashSet::new();
    for second in 0..100 {
        let now = at(NOW_SECS + second * 30);
        let refresh = verify(
            &ring,
            pair.refresh.jwt.expose(),
            TokenType::Refresh,
            &VerifyPolicy::default(),
            now,
        )
        .unwrap();
        let entropy = Seeded::new(1_000 + second.unsigned_abs());
        let client =
            mint_client(&ring, &refresh, ClientTokenTtl::default(), now, &entropy).unwrap();
        assert_eq!(client.expires_at, now.saturating_add_secs(600));
        let client = verify(
            &ring,
            client.jwt.expose(),
            TokenType::Access,
            &VerifyPolicy::default(),
            now,
        )
        .unwrap();
        assert_eq!(client.family(), pair.family);
        assert_eq!(client.grant(), refresh.grant());
        assert!(ids.insert(client.token_id()));
    }
}

#[test]
fn a_client_token_may_outlive_its_refresh_token_by_an_hour_at_most() {
    let ring = ring();
    let pair = pair(&ring);
    let policy = VerifyPolicy::default();
    let last_moment = pair.refresh.expires_at.saturating_add_micros(-1);
    let raw = pair.refresh.jwt.expose();
    let refresh = verify(&ring, raw, TokenType::Refresh, &policy, last_moment).unwrap();
    let ttl = ClientTokenTtl::new(3_600).unwrap();
    let client = mint_client(&ring, &refresh, ttl, last_moment, &Os).unwrap();
    assert!(client.expires_at < pair.refresh.expires_at.saturating_add_secs(3_600));
    // A verified token that was kept is as good as its time.
    assert_eq!(
        mint_client(&ring, &refresh, ttl, pair.refresh.expires_at, &Os),
        Err(MintError::Expired)
    );
}

#[test]
fn only_a_refresh_token_whose_key_is_there_refreshes() {
    let ring = ring();
    let pair = pair(&ring);
    let ttl = ClientTokenTtl::default();
    let client = check(&ring, pair.client.jwt.expose(), TokenType::Access).unwrap();
    assert_eq!(
        mint_client(&ring, &client, ttl, NOW, &Os),
        Err(MintError::NotARefreshToken)
    );
    let refresh = check(&ring, pair.refresh.jwt.expose(), TokenType::Refresh).unwrap();
    let revoked = ring.revoke(refresh.kid(), key(9), NOW).unwrap();
    assert_eq!(
        mint_client(&revoked, &refresh, ttl, NOW, &Os),
        Err(MintError::KeyGone)
    );
    assert!(mint_client(&ring, &refresh, ttl, NOW, &Os).is_ok());
    // Retired since, though nobody has tidied up yet.
    let retiring = KeyRing::new(vec![
        (key(9), KeyState::Active { since: NOW }),
        (
            key(1),
            KeyState::Retiring {
                until: at(NOW_SECS + 60),
            },
        ),
    ])
    .unwrap();
    let mint = |secs| mint_client(&retiring, &refresh, ttl, at(NOW_SECS + secs), &Os).map(|_| ());
    assert_eq!(mint(59), Ok(()));
    assert_eq!(mint(60), Err(MintError::KeyGone));
}

#[test]
fn an_absurd_clock_issues_nothing() {
    let ring = ring();
    let mint = |now| {
        mint_pair(
            &ring,
            grant(),
            ClientTokenTtl::default(),
            RefreshTokenTtl::default(),
            now,
            &Os,
        )
        .map(|_| ())
    };
    for secs in [i64::MIN, -1, 0, 253_402_300_799, i64::MAX] {
        assert_eq!(mint(at(secs)), Err(MintError::ClockOutOfRange), "{secs}");
    }
    for micros in [i64::MIN, i64::MAX] {
        assert_eq!(
            mint(Timestamp::from_unix_micros(micros)),
            Err(MintError::ClockOutOfRange)
        );
    }
    for secs in [1, 253_402_300_799 - 3_600] {
        assert_eq!(mint(at(secs)), Ok(()), "{secs}");
    }
}

#[test]
fn a_million_ids_differ() {
    let ids: HashSet<TokenId> = (0..1_000_000).map(|_| TokenId::random(&Os)).collect();
    assert_eq!(ids.len(), 1_000_000);
}

#[test]
fn ids_in_tokens_are_random_and_of_version_4() {
    let ring = ring();
    let mut seen = HashSet::new();
    for _ in 0..500 {
        let pair = mint_pair(
            &ring,
            grant(),
            ClientTokenTtl::default(),
            RefreshTokenTtl::default(),
            NOW,
            &Os,
        )
        .unwrap();
        let client = check(&ring, pair.client.jwt.expose(), TokenType::Access).unwrap();
        let refresh = check(&ring, pair.refresh.jwt.expose(), TokenType::Refresh).unwrap();
        for id in [
            client.token_id().as_uuid(),
            refresh.token_id().as_uuid(),
            pair.family.as_uuid(),
        ] {
            assert_eq!(id.get_version_num(), 4);
            assert!(seen.insert(id));
        }
    }
}

#[test]
fn debug_shows_no_token_and_no_key() {
    let ring = KeyRing::start(key(1), key(2), NOW).unwrap();
    let pair = pair(&ring);
    let refresh = check(&ring, pair.refresh.jwt.expose(), TokenType::Refresh).unwrap();
    let shown = format!(
        "{pair:?} {:?} {:#?} {refresh:?} {ring:?} {ring:#?}",
        pair.client, pair
    );
    for key in ring.entries() {
        let pem = key.key().to_pkcs8_pem().unwrap();
        let body = pem.lines().nth(1).unwrap();
        assert!(!shown.contains(&body[20..40]));
    }
    for token in [&pair.client, &pair.refresh] {
        for segment in segments(token.jwt.expose()) {
            assert!(!shown.contains(&segment[..20]));
        }
    }
}
