//! What is counted of deliveries, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use greenroom_store::outbox::Backlog;

/// How trying one URL went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A status from 200 to 299.
    Delivered,
    /// Another status.
    Status,
    /// No answer in time.
    TimedOut,
    /// An address that may not be dialled.
    Refused,
    /// No address, no connection, no certificate that is good, or no HTTP.
    Unreachable,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Delivered,
        Self::Status,
        Self::TimedOut,
        Self::Refused,
        Self::Unreachable,
    ];

    /// As the metric's label says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Status => "status",
            Self::TimedOut => "timed_out",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
        }
    }
}

/// What is counted of deliveries.
#[derive(Debug, Default)]
pub struct WebhookStats {
    attempts: [AtomicU64; Outcome::ALL.len()],
    expired: AtomicU64,
    seen: Mutex<Seen>,
}

/// How much there was in the outbox when it was last looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// How much there was.
    pub backlog: Backlog,
    /// How long the longest waiting event had waited, in seconds.
    pub oldest_age_secs: u64,
}

impl WebhookStats {
    /// Counts one URL that was tried.
    pub(crate) fn tried(&self, outcome: Outcome) {
        if let Some(count) = self.attempts.get(outcome as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts one event that became a dead letter after being tried.
    pub(crate) fn gave_up(&self) {
        self.expired.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn see(&self, seen: Seen) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }

    /// How many URLs were tried with that outcome since the start.
    pub fn attempts(&self, outcome: Outcome) -> u64 {
        self.attempts
            .get(outcome as usize)
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How many events were given up since the start.
    pub fn expired(&self) -> u64 {
        self.expired.load(Ordering::Relaxed)
    }

    /// How much there was in the outbox when it was last looked at, some seconds ago at most.
    pub fn seen(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
