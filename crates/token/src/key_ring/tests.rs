use std::sync::atomic::{AtomicU8, Ordering};

use greenroom_domain::Entropy;

use super::*;

/// Each key is made of one more byte value.
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

static COUNTING: Counting = Counting(AtomicU8::new(0));

fn key() -> Arc<SigningKey> {
    Arc::new(SigningKey::generate(&COUNTING).unwrap())
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_unix_secs(secs)
}

fn ring() -> KeyRing {
    KeyRing::start(key(), key(), at(0)).unwrap()
}

fn states(ring: &KeyRing) -> Vec<KeyState> {
    ring.entries().iter().map(KeyEntry::state).collect()
}

fn kids(ring: &KeyRing) -> Vec<KeyId> {
    ring.entries().iter().map(KeyEntry::kid).collect()
}

const ACTIVE: KeyState = KeyState::Active {
    since: Timestamp::from_unix_secs(0),
};

fn retiring(until: i64) -> KeyState {
    KeyState::Retiring { until: at(until) }
}

#[test]
fn what_makes_a_ring() {
    let make = |states: &[KeyState]| {
        KeyRing::new(states.iter().map(|state| (key(), *state)).collect()).map(|_| ())
    };
    assert_eq!(make(&[]), Err(KeyRingError::NoActive));
    assert_eq!(make(&[KeyState::Next]), Err(KeyRingError::NoActive));
    assert_eq!(make(&[retiring(9)]), Err(KeyRingError::NoActive));
    assert_eq!(make(&[ACTIVE, ACTIVE]), Err(KeyRingError::SeveralActive));
    assert_eq!(
        make(&[KeyState::Next, ACTIVE, KeyState::Next]),
        Err(KeyRingError::SeveralNext)
    );
    assert_eq!(make(&[ACTIVE]), Ok(()));
    let mut many = vec![ACTIVE];
    many.extend([retiring(9); KeyRing::KEYS_MAX - 1]);
    assert_eq!(make(&many), Ok(()));
    many.push(retiring(9));
    assert_eq!(make(&many), Err(KeyRingError::TooMany));
    let twice = key();
    assert_eq!(
        KeyRing::new(vec![(twice.clone(), ACTIVE), (twice.clone(), retiring(9))]).map(|_| ()),
        Err(KeyRingError::Duplicate(twice.kid()))
    );
    let one = key();
    assert!(KeyRing::start(one.clone(), one, at(0)).is_err());
}

#[test]
fn order_does_not_depend_on_how_it_was_given() {
    let ring = KeyRing::new(vec![
        (key(), KeyState::Next),
        (key(), retiring(5)),
        (key(), ACTIVE),
        (key(), retiring(7)),
    ])
    .unwrap();
    assert_eq!(
        states(&ring),
        [ACTIVE, retiring(7), retiring(5), KeyState::Next]
    );
    assert_eq!(ring.active().kid(), ring.entries()[0].kid());
    assert_eq!(ring.next_expiry(), Some(at(5)));
}

#[test]
fn a_rotation_moves_every_key_one_place() {
    let before = ring();
    let fresh = key();
    let after = before.rotate(fresh.clone(), at(100)).unwrap();
    let [active, next] = kids(&before)[..] else {
        panic!("two keys")
    };
    assert_eq!(kids(&after), [next, active, fresh.kid()]);
    assert_eq!(
        states(&after),
        [
            KeyState::Active { since: at(100) },
            retiring(100 + FAMILY_LIFE_MAX_SECS),
            KeyState::Next
        ]
    );
    assert_eq!(after.active().kid(), next);
    // The snapshot before is untouched.
    assert_eq!(before.active().kid(), active);
}

#[test]
fn with_no_key_waiting_the_fresh_one_signs() {
    let only = KeyRing::new(vec![(key(), ACTIVE)]).unwrap();
    let fresh = key();
    let after = only.rotate(fresh.clone(), at(1)).unwrap();
    assert_eq!(after.active().kid(), fresh.kid());
    assert_eq!(after.entries().len(), 2);
}

#[test]
fn a_rotation_never_drops_a_key_that_has_live_tokens() {
    let mut ring = ring();
    while ring.entries().len() < KeyRing::KEYS_MAX {
        ring = ring.rotate(key(), at(1)).unwrap();
    }
    assert_eq!(
        ring.rotate(key(), at(2)).map(|_| ()),
        Err(KeyRingError::TooMany)
    );
    // A day and an hour later the retiring ones are gone and there is room again.
    let later = ring.rotate(key(), at(1 + FAMILY_LIFE_MAX_SECS)).unwrap();
    assert_eq!(later.entries().len(), 3);
}

#[test]
fn a_rotation_refuses_a_key_that_is_there() {
    let ring = ring();
    let kid = ring.active().kid();
    let same = ring.entries()[0].key().clone();
    assert_eq!(
        ring.rotate(same, at(1)).map(|_| ()),
        Err(KeyRingError::Duplicate(kid))
    );
}

#[test]
fn revoking_fills_the_place_that_became_empty() {
    let rotated = ring().rotate(key(), at(100)).unwrap();
    let [active, retired, next] = kids(&rotated)[..] else {
        panic!("three keys")
    };

    let fresh = key();
    let after = rotated.revoke(active, fresh.clone(), at(200)).unwrap();
    assert_eq!(kids(&after), [next, retired, fresh.kid()]);
    assert_eq!(states(&after)[0], KeyState::Active { since: at(200) });
    assert!(!after.contains(active));

    let after = rotated.revoke(next, fresh.clone(), at(200)).unwrap();
    assert_eq!(kids(&after), [active, retired, fresh.kid()]);
    assert_eq!(states(&after)[0], KeyState::Active { since: at(100) });

    let after = rotated.revoke(retired, fresh.clone(), at(200)).unwrap();
    assert_eq!(kids(&after), [active, next]);

    let only = KeyRing::new(vec![(key(), ACTIVE)]).unwrap();
    let after = only
        .revoke(only.active().kid(), fresh.clone(), at(200))
        .unwrap();
    assert_eq!(kids(&after), [fresh.kid()]);
    assert_eq!(
        only.revoke(fresh.kid(), key(), at(200)).map(|_| ()),
        Err(KeyRingError::Unknown(fresh.kid()))
    );
}

#[test]
fn retiring_keys_go_when_their_time_is_over() {
    let ring = ring().rotate(key(), at(0)).unwrap();
    let over = FAMILY_LIFE_MAX_SECS;
    assert_eq!(ring.next_expiry(), Some(at(over)));
    assert!(ring.expire(at(over - 1)).is_none());
    let after = ring.expire(at(over)).unwrap();
    assert_eq!(after.entries().len(), 2);
    assert_eq!(after.active().kid(), ring.active().kid());
    assert_eq!(after.next_expiry(), None);
    assert!(after.expire(at(i64::MAX)).is_none());
}

#[test]
fn a_token_without_key_id_is_tried_with_three_keys_at_most() {
    let mut ring = ring();
    for hour in 0..5 {
        ring = ring.rotate(key(), at(hour * 3_600)).unwrap();
    }
    let tried: Vec<KeyId> = ring
        .unnamed_candidates(at(5 * 3_600))
        .map(SigningKey::kid)
        .collect();
    assert_eq!(tried, kids(&ring)[..3]);
    let late: Vec<KeyId> = ring
        .unnamed_candidates(at(30 * 3_600))
        .map(SigningKey::kid)
        .collect();
    assert_eq!(late, [ring.active().kid()]);
}

#[test]
fn states_read_well() {
    assert_eq!(KeyState::Next.to_string(), "next");
    assert_eq!(ACTIVE.to_string(), "active since 1970-01-01T00:00:00Z");
    assert_eq!(
        retiring(60).to_string(),
        "retiring until 1970-01-01T00:01:00Z"
    );
}
