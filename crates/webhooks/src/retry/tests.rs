use greenroom_domain::{AccountId, Event, EventId, EventKind, RoomId, SessionId};
use greenroom_store::outbox::EventState;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

/// Bytes of one number.
struct Drawn(u32);

impl Entropy for Drawn {
    fn fill(&self, out: &mut [u8]) {
        for (to, from) in out.iter_mut().zip(self.0.to_le_bytes().into_iter().cycle()) {
            *to = from;
        }
    }
}

const POLICY: RetryPolicy = RetryPolicy {
    retry_secs: 72 * 3_600,
};

fn at(secs: i64) -> Timestamp {
    Timestamp::from_unix_secs(1_619_352_000 + secs)
}

/// An event of the moment 0 that failed so often.
fn entry(failures: u32) -> OutboxEntry {
    let id = Uuid::from_u128(1);
    OutboxEntry {
        event: Event {
            id: EventId::from_uuid(id),
            room_id: RoomId::from_uuid(id),
            account_id: AccountId::from_uuid(id),
            session_id: SessionId::from_uuid(id),
            occurred_at: at(0),
            kind: EventKind::SessionStarted,
        },
        state: EventState::Pending,
        state_at: at(0),
        attempts: failures,
        failures,
    }
}

/// Seconds from `now` to the next attempt; `None` if there is none.
fn delay_millis(failures: u32, now: Timestamp, drawn: u32) -> Option<i64> {
    match POLICY.after_failure(&entry(failures), now, &Drawn(drawn)) {
        Verdict::Retry { due_at } => Some(due_at.micros_since(now) / 1_000),
        Verdict::Dead { .. } | Verdict::Delivered => None,
    }
}

#[test]
fn delays_double_up_to_an_hour() {
    // 0 draws the shortest delay: a fifth less.
    let delays: Vec<_> = (0..12)
        .map(|failures| delay_millis(failures, at(1), 0).unwrap() / 800)
        .collect();
    assert_eq!(
        delays,
        [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]
    );
}

#[test]
fn the_last_attempt_is_made_when_time_is_up() {
    let last = POLICY.retry_secs;
    assert_eq!(delay_millis(80, at(last - 60), 1), Some(60_000));
    assert_eq!(delay_millis(80, at(last), 1), None);
    let verdict = POLICY.after_failure(&entry(80), at(last + 9), &Drawn(0));
    assert_eq!(
        verdict,
        Verdict::Dead {
            reason: DeadReason::Expired,
            next_due_at: at(last + 13),
        }
    );
}

#[test]
fn an_event_is_tried_about_as_often_as_the_log_holds() {
    let (mut now, mut failures) = (at(0), 0);
    while let Verdict::Retry { due_at } = POLICY.after_failure(&entry(failures), now, &Drawn(0)) {
        now = due_at;
        failures += 1;
    }
    assert_eq!(now, at(POLICY.retry_secs));
    assert!((80..=100).contains(&failures), "{failures}");
}

proptest! {
    #[test]
    fn delays_stay_within_a_fifth(failures in 0..u32::MAX, passed in 0..1_000_i64, drawn: u32) {
        let exact = 5_000_i64.saturating_mul(1 << failures.min(20)).min(3_600_000);
        let delay = delay_millis(failures, at(passed), drawn).unwrap();
        prop_assert!((exact * 4 / 5..=exact * 6 / 5).contains(&delay), "{delay} for {exact}");
    }

    #[test]
    fn an_event_is_never_tried_after_its_time(failures in 0..200_u32, passed in 0..300_000_i64, drawn: u32) {
        match POLICY.after_failure(&entry(failures), at(passed), &Drawn(drawn)) {
            Verdict::Retry { due_at } => {
                prop_assert!(due_at > at(passed) && due_at <= at(POLICY.retry_secs));
            }
            Verdict::Dead { next_due_at, .. } => {
                prop_assert!(passed >= POLICY.retry_secs && next_due_at > at(passed));
            }
            Verdict::Delivered => prop_assert!(false, "it failed"),
        }
    }
}
