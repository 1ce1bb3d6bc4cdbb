//! Families whose refresh token rotates: how their tokens are marked, and what follows one.

use greenroom_domain::TokenId;
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_token::{
    IssuedPair, KeyRing, MintError, TokenError, TokenType, VerifyPolicy, mint_client,
    mint_rotating_pair, mint_successor, verify,
};
use serde_json::json;

use crate::support::{
    NOW, NOW_SECS, Os, Seeded, at, changed, check, check_access, decode, grant, pair, ring,
    segments, verdict, with_claims,
};

fn rotating(ring: &KeyRing) -> IssuedPair {
    mint_rotating_pair(
        ring,
        grant(),
        ClientTokenTtl::default(),
        RefreshTokenTtl::default(),
        NOW,
        &Seeded::new(99),
    )
    .unwrap()
}

fn payload(raw: &str) -> String {
    let [_, payload, _] = segments(raw);
    String::from_utf8(decode(payload)).unwrap()
}

#[test]
fn both_tokens_are_marked_in_their_place() {
    let ring = ring();
    let pair = rotating(&ring);
    let client = check(&ring, pair.client.jwt.expose(), TokenType::Access).unwrap();
    let refresh = check(&ring, pair.refresh.jwt.expose(), TokenType::Refresh).unwrap();
    assert!(client.rotates() && refresh.rotates());
    for token in [&pair.client, &pair.refresh] {
        let payload = payload(token.jwt.expose());
        assert!(
            payload.contains(&format!(r#","nbf":{},"rotate":true,"sid":""#, NOW_SECS - 1)),
            "{payload}"
        );
    }
}

#[test]
fn the_mark_is_the_only_difference() {
    let ring = ring();
    let (plain, marked) = (pair(&ring), rotating(&ring));
    for (plain, marked) in [
        (&plain.client, &marked.client),
        (&plain.refresh, &marked.refresh),
    ] {
        let (plain, marked) = (payload(plain.jwt.expose()), payload(marked.jwt.expose()));
        assert!(!plain.contains("rotate"));
        assert_eq!(marked.replace(r#","rotate":true"#, ""), plain);
    }
}

#[test]
fn the_mark_is_true_or_absent() {
    assert!(
        !check_access(&with_claims(&crate::support::claims()))
            .unwrap()
            .rotates()
    );
    assert!(
        check_access(&with_claims(&changed("rotate", json!(true))))
            .unwrap()
            .rotates()
    );
    for wrong in [
        json!(false),
        json!(null),
        json!("true"),
        json!(1),
        json!([true]),
        json!({}),
    ] {
        assert_eq!(
            verdict(&changed("rotate", wrong.clone())),
            Err(TokenError::WrongClaimType("rotate")),
            "{wrong}"
        );
    }
}

#[test]
fn a_successor_has_all_but_the_id_and_never_lives_longer() {
    let ring = ring();
    let first = rotating(&ring);
    let mut presented = check(&ring, first.refresh.jwt.expose(), TokenType::Refresh).unwrap();
    for round in 1..10 {
        let now = at(NOW_SECS + round * 390);
        let ids = (TokenId::random(&Os), TokenId::random(&Os));
        let pair = mint_successor(&ring, &presented, ClientTokenTtl::default(), ids, now).unwrap();
        let policy = VerifyPolicy::default();
        let read = |raw, kind| verify(&ring, raw, kind, &policy, now).unwrap();
        let client = read(pair.client.jwt.expose(), TokenType::Access);
        let refresh = read(pair.refresh.jwt.expose(), TokenType::Refresh);
        assert_eq!((client.token_id(), refresh.token_id()), ids);
        assert_eq!(client.expires_at(), now.saturating_add_secs(600));
        assert_eq!(refresh.expires_at(), first.refresh.expires_at);
        for token in [client, refresh] {
            assert_eq!(token.family(), first.family);
            assert_eq!(token.grant(), grant());
            assert!(token.rotates());
        }
        presented = refresh;
    }
    let ids = (TokenId::random(&Os), TokenId::random(&Os));
    let ttl = ClientTokenTtl::default();
    let last_moment = first.refresh.expires_at.saturating_add_micros(-1);
    let last = mint_successor(&ring, &presented, ttl, ids, last_moment).unwrap();
    assert_eq!(last.refresh.expires_at, first.refresh.expires_at);
    assert_eq!(
        mint_successor(&ring, &presented, ttl, ids, first.refresh.expires_at),
        Err(MintError::Expired)
    );
}

#[test]
fn only_refresh_tokens_have_successors() {
    let ring = ring();
    let pair = rotating(&ring);
    let client = check(&ring, pair.client.jwt.expose(), TokenType::Access).unwrap();
    let ids = (TokenId::random(&Os), TokenId::random(&Os));
    assert_eq!(
        mint_successor(&ring, &client, ClientTokenTtl::default(), ids, NOW),
        Err(MintError::NotARefreshToken)
    );
}

#[test]
fn client_tokens_of_the_family_carry_the_mark_however_minted() {
    let ring = ring();
    let pair = rotating(&ring);
    let refresh = check(&ring, pair.refresh.jwt.expose(), TokenType::Refresh).unwrap();
    let client = mint_client(&ring, &refresh, ClientTokenTtl::default(), NOW, &Os).unwrap();
    assert!(
        check(&ring, client.jwt.expose(), TokenType::Access)
            .unwrap()
            .rotates()
    );
}
