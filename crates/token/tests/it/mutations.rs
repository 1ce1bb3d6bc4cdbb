//! Whatever is done to a token, it fails; whatever is thrown at the reader, it answers.

use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{AccountId, JoinGrant, RoomId, Timestamp};
use greenroom_token::{
    KeyId, KeyRing, SigningKey, TokenType, VerifyPolicy, explain, mint_pair, token_fingerprint,
    verify,
};
use proptest::prelude::*;

use crate::support::{NOW, Seeded, pair, ring};

fn accepted(ring: &KeyRing, raw: &str, now: Timestamp) -> bool {
    [TokenType::Access, TokenType::Refresh]
        .into_iter()
        .any(|kind| {
            verify(
                ring,
                raw,
                kind,
                &VerifyPolicy::default().accepting_eddsa(),
                now,
            )
            .is_ok()
        })
}

#[test]
fn no_bit_of_a_token_can_change() {
    let ring = ring();
    let pair = pair(&ring);
    for token in [pair.client, pair.refresh] {
        let good = token.jwt.into_exposed();
        assert!(accepted(&ring, &good, NOW));
        let mut tried = 0;
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bytes = good.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                // The top bit makes it no text at all.
                if let Ok(changed) = String::from_utf8(bytes) {
                    tried += 1;
                    assert!(!accepted(&ring, &changed, NOW), "byte {at}, bit {bit}");
                }
            }
        }
        assert_eq!(tried, good.len() * 7);
    }
}

#[test]
fn no_character_can_be_left_out_or_put_in() {
    let ring = ring();
    let good = pair(&ring).client.jwt.into_exposed();
    for at in 0..good.len() {
        let mut shorter = good.clone();
        shorter.remove(at);
        assert!(!accepted(&ring, &shorter, NOW));
        assert!(!accepted(&ring, &good[..at], NOW));
        assert!(!accepted(&ring, &good[at + 1..], NOW));
    }
    for at in 0..=good.len() {
        for extra in ['A', '.', '=', ' ', '\n', '\0', 'é', '\u{200b}'] {
            let mut longer = good.clone();
            longer.insert(at, extra);
            assert!(!accepted(&ring, &longer, NOW));
        }
    }
}

proptest! {
    #[test]
    fn any_token_fails_after_any_change_of_one_bit(
        seed: u64,
        client_ttl in 10_i64..=3_600,
        refresh_ttl in 60_i64..=86_400,
        now in 1_i64..253_000_000_000,
        refresh: bool,
        position: prop::sample::Index,
        bit in 0_u8..7,
    ) {
        let entropy = Seeded::new(seed);
        let now = Timestamp::from_unix_secs(now);
        let key = || SigningKey::generate(&entropy).unwrap();
        let ring = KeyRing::start(key(), key(), now).unwrap();
        let grant = JoinGrant::from_verified(RoomId::random(&entropy), AccountId::random(&entropy));
        let pair = mint_pair(
            &ring,
            grant,
            ClientTokenTtl::new(client_ttl).unwrap(),
            RefreshTokenTtl::new(refresh_ttl).unwrap(),
            now,
            &entropy,
        )
        .unwrap();
        let (token, kind) = if refresh {
            (pair.refresh.jwt.expose(), TokenType::Refresh)
        } else {
            (pair.client.jwt.expose(), TokenType::Access)
        };
        let verified = verify(&ring, token, kind, &VerifyPolicy::default(), now).unwrap();
        prop_assert_eq!(verified.grant(), grant);
        prop_assert_eq!(verified.family(), pair.family);
        let mut bytes = token.as_bytes().to_vec();
        let at = position.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(!accepted(&ring, &changed, now));
    }

    #[test]
    fn any_text_gets_an_answer(raw: String) {
        let ring = ring();
        prop_assert!(!accepted(&ring, &raw, NOW));
        let shown = explain(&ring, &raw, &VerifyPolicy::default(), NOW).to_string();
        prop_assert!(shown.starts_with("Refused"));
        prop_assert_eq!(token_fingerprint(&raw).to_string().len(), 8);
        prop_assert!(SigningKey::from_pkcs8_pem(&raw).is_err());
        prop_assert!(raw.parse::<KeyId>().is_err());
    }

    #[test]
    fn anything_like_a_token_gets_an_answer(
        header in prop_oneof![
            Just(r#"{"alg":"Ed25519","typ":"JWT"}"#.to_owned()),
            r#"\{"(alg|kid|typ|jku)":("Ed25519"|"none"|null|[0-9.eE-]{1,9}|[\[{]{0,20})\}?"#,
            ".{0,40}",
        ],
        payload in prop_oneof![".{0,80}", r#"[{}\[\]:,"a0-9.eE\\u-]{0,80}"#],
        signature: Vec<u8>,
    ) {
        use crate::support::encode;
        let ring = ring();
        let raw = format!("{}.{}.{}", encode(header), encode(payload), encode(signature));
        prop_assert!(!accepted(&ring, &raw, NOW));
        prop_assert!(explain(&ring, &raw, &VerifyPolicy::default(), NOW).result().is_err());
    }

    #[test]
    fn any_key_file_gets_an_answer(der: Vec<u8>) {
        use base64::Engine;
        let body = base64::engine::general_purpose::STANDARD.encode(der);
        let text = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        prop_assert!(SigningKey::from_pkcs8_pem(&text).is_err());
    }
}
