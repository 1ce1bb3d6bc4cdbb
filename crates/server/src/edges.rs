//! The edges of the pure parts: the system's clocks and its random numbers.

use std::cell::RefCell;
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

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Readings {
    /// The wall clock, as it is.
    pub wall: Timestamp,
    /// The monotonic clock.
    pub monotonic: Instant,
}

/// Reads both clocks, to see whether one is moved against the other.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever looks at the clocks has to read them"
)]
pub fn readings() -> Readings {
    Readings {
        wall: wall_time(),
        monotonic: Instant::now(),
    }
}

/// Ids take this much or less; they come from the pool. More is drawn for a key, and at once.
const POOLED_BYTES_MAX: usize = 16;
/// How much randomness is drawn at a time for ids.
const POOL_BYTES: usize = 512;

/// Randomness drawn ahead: one call of the generator costs as much for 16 bytes as for many.
struct Pool {
    bytes: [u8; POOL_BYTES],
    /// How many of them, from the end, are not used yet.
    left: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; POOL_BYTES], left: 0 }) };
}

/// Random numbers fit for keys.
#[derive(Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) {
        if out.len() > POOLED_BYTES_MAX {
            draw(out);
            return;
        }
        POOL.with_borrow_mut(|pool| {
            if pool.left < out.len() {
                draw(&mut pool.bytes);
                pool.left = POOL_BYTES;
            }
            let from = POOL_BYTES - pool.left;
            for (byte, drawn) in out.iter_mut().zip(pool.bytes.iter_mut().skip(from)) {
                // Taken and wiped, so that no byte is ever handed out twice.
                *byte = std::mem::take(drawn);
            }
            pool.left -= out.len();
        });
    }
}

fn draw(out: &mut [u8]) {
    if rand::fill(out).is_err() {
        // Without randomness no key and no id is safe to make.
        tracing::error!("the system has no random numbers; stopping at once");
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_bytes_come_twice() {
        let mut seen = HashSet::new();
        for round in 0..10_000 {
            // Sizes that do not divide the pool's, so that it is refilled in mid-use.
            let mut drawn = vec![0; if round % 2 == 0 { 16 } else { 12 }];
            SystemEntropy.fill(&mut drawn);
            assert!(drawn.iter().any(|byte| *byte != 0));
            assert!(seen.insert(drawn));
        }
    }
}
