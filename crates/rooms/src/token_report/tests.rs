use std::sync::atomic::{AtomicU8, Ordering};

use greenroom_domain::room::NewRoom;
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{Entropy, JoinGrant, RoomId};
use greenroom_token::{KeyRing, SigningKey, VerifyPolicy, explain, mint_pair};
use uuid::Uuid;

use super::*;

const NOW: Timestamp = Timestamp::from_unix_secs(1_800_000_000);
const ACME: AccountId = AccountId::from_uuid(Uuid::from_u128(1));
const GLOBEX: AccountId = AccountId::from_uuid(Uuid::from_u128(2));

/// Bytes that differ each time.
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// A client token for a room of ACME's, the keys it was signed with, and the room's record.
fn issued() -> (KeyRing, String, Records) {
    let entropy = Counting(AtomicU8::new(1));
    let key = || SigningKey::generate(&entropy).unwrap();
    let ring = KeyRing::start(key(), key(), NOW).unwrap();
    let id = RoomId::from_uuid(Uuid::from_u128(3));
    let room = Room::create(id, ACME, NewRoom::default(), NOW);
    let grant = JoinGrant::issue(ACME, Some(&room)).unwrap();
    let lives = (ClientTokenTtl::default(), RefreshTokenTtl::default());
    let pair = mint_pair(&ring, grant, lives.0, lives.1, NOW, &entropy).unwrap();
    let records = Records {
        room: Some(Arc::new(room)),
        family_revoked: false,
        token_revoked: false,
        rotation: None,
    };
    (ring, pair.client.jwt.into_exposed(), records)
}

fn report(
    token: &str,
    records: &Records,
    reader: Option<AccountId>,
    now: Timestamp,
) -> TokenReport {
    let (ring, ..) = issued();
    let explanation = explain(&ring, token, &VerifyPolicy::default(), now);
    TokenReport::new(explanation, Some(records), reader)
}

fn outcome(report: &TokenReport, name: &str) -> Outcome {
    let mut lines = report.lines();
    lines.find(|line| line.name == name).unwrap().outcome
}

#[test]
fn every_check_has_a_name_and_a_line_of_its_own() {
    let (_, token, records) = issued();
    for token in [token.as_str(), "x", ""] {
        let report = report(token, &records, Some(ACME), NOW);
        let names: Vec<_> = report.lines().map(|line| line.name).collect();
        assert_eq!(names.len(), Check::ALL.len() + RecordCheck::ALL.len());
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{name} stands there twice");
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            assert!(name.bytes().all(is_plain), "{name}");
        }
        assert!(report.lines().all(|line| !line.title.is_empty()));
    }
}

#[test]
fn a_good_token_is_good() {
    let (_, token, records) = issued();
    for reader in [Some(ACME), None] {
        let report = report(&token, &records, reader, NOW);
        assert!(report.is_good());
        assert_eq!(outcome(&report, "rotation"), Outcome::Skipped);
        assert!(report.raw_claims().is_some());
    }
}

#[test]
fn a_token_without_records_is_never_good() {
    let (ring, token, _) = issued();
    let explanation = explain(&ring, &token, &VerifyPolicy::default(), NOW);
    assert!(!TokenReport::new(explanation, None, None).is_good());
}

#[test]
fn each_record_can_fail_and_the_rest_is_looked_at() {
    let (_, token, good) = issued();
    let no_room = Records { room: None, ..good };
    let (.., good) = issued();
    let revoked = Records {
        family_revoked: true,
        ..good
    };
    for (records, failed) in [(no_room, "room"), (revoked, "family")] {
        let report = report(&token, &records, Some(ACME), NOW);
        assert!(!report.is_good());
        for name in ["room", "family"] {
            let wanted = if name == failed {
                Outcome::Failed
            } else {
                Outcome::Passed
            };
            assert_eq!(outcome(&report, name), wanted, "{name} of {failed}");
        }
    }
}

#[test]
fn a_foreign_token_tells_nothing() {
    let (_, token, records) = issued();
    let revoked = Records {
        family_revoked: true,
        ..records.clone()
    };
    let report_of = |records| report(&token, records, Some(GLOBEX), NOW);
    let report = report_of(&records);
    assert!(!report.is_good());
    assert_eq!(report.raw_claims(), None);
    assert_eq!(outcome(&report, "room"), Outcome::Failed);
    assert_eq!(outcome(&report, "family"), Outcome::Skipped);
    assert!(report_of(&revoked).lines().eq(report.lines()));
}

#[test]
fn claims_that_were_refused_are_shown_to_whom_they_are_about() {
    let (_, token, records) = issued();
    let late = NOW.saturating_add_secs(600);
    let claims = |token: &str, reader, now| {
        let report = report(token, &records, Some(reader), now);
        assert!(!report.is_good());
        report.raw_claims().is_some()
    };
    assert!(claims(&token, ACME, late));
    assert!(
        !claims(&token, GLOBEX, late),
        "signed, and for another account"
    );

    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", "A".repeat(86));
    assert!(claims(&forged, GLOBEX, NOW), "no more than what was sent");
}
