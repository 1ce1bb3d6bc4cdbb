//! The edges of the pure parts: the system's clocks and its random numbers.

use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;
use greenroom_domain::clock::MonotonicGuard;
use greenroom_domain::{Clock, Entropy, Timestamp};

/// The system's wall clock, kept from running backwards.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    guard: Mutex<MonotonicGuard>,
}

impl SystemClock {
    /// Starts at the present.
    #[expect(
        clippy::disallowed_methods,
        reason = "one of the two lawful readings of the clocks"
    )]
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            guard: Mutex::new(MonotonicGuard::new(wall_time(), 0)),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let elapsed_micros = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        guard.observe(wall_time(), elapsed_micros)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "one of the two lawful readings of the clocks"
)]
fn wall_time() -> Timestamp {
    // A clock before 1970 is as good as none.
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}

/// Random numbers fit for keys.
#[derive(Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) {
        if rand::fill(out).is_err() {
            // Without randomness no key and no id is safe to make.
            tracing::error!("the system has no random numbers; stopping at once");
            std::process::abort();
        }
    }
}
