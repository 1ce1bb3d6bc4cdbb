//! When an event that was not taken is tried again, and when no more.

use greenroom_domain::{Entropy, Timestamp};
use greenroom_store::outbox::{DeadReason, OutboxEntry, Verdict};

/// How long after the first failure an event is tried again, in seconds; twice that after each further one.
pub const FIRST_DELAY_SECS: i64 = 5;
/// The longest time between two attempts, in seconds.
pub const DELAY_MAX_SECS: i64 = 3_600;

/// From this many failures on, the delay is the longest; keeps the doubling well inside its integer.
const DOUBLINGS_MAX: u32 = 10;

/// How long events are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Seconds from an event, or its replay, to its last attempt.
    pub retry_secs: i64,
}

impl RetryPolicy {
    /// What it means that trying `entry` failed at `now`. The last attempt is made when its time is up, so that a
    /// receiver which is back by then gets it; however late the first attempt is, there is one.
    pub fn after_failure(
        self,
        entry: &OutboxEntry,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Verdict {
        let last = entry.state_at.saturating_add_secs(self.retry_secs);
        if now >= last {
            // The next one of the room has no other receiver, so it does not follow at once.
            return Verdict::Dead {
                reason: DeadReason::Expired,
                next_due_at: delayed(now, 0, entropy),
            };
        }
        Verdict::Retry {
            due_at: delayed(now, entry.failures, entropy).min(last),
        }
    }
}

/// `now` and the delay after so many failures before this one, give or take a fifth: those that failed together
/// shall not come back together.
fn delayed(now: Timestamp, failures: u32, entropy: &dyn Entropy) -> Timestamp {
    let doublings = failures.min(DOUBLINGS_MAX);
    let delay_millis = (FIRST_DELAY_SECS << doublings).min(DELAY_MAX_SECS) * 1_000;
    let mut drawn = [0; 4];
    entropy.fill(&mut drawn);
    let fifth = delay_millis / 5;
    let jitter = i64::from(u32::from_le_bytes(drawn)) % (2 * fifth + 1) - fifth;
    now.saturating_add_micros((delay_millis + jitter) * 1_000)
}

#[cfg(test)]
mod tests;
