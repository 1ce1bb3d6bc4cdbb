//! A clock that stands still until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};

use greenroom_domain::{Clock, Timestamp};
use greenroom_server::edges::SystemClock;

/// A clock for tests. Timers of the runtime do not follow it: what waits for a deadline looks at this
/// clock again whenever it is woken, so a test that moves it also pokes whatever has to notice.
#[derive(Debug)]
pub struct FakeClock {
    micros: AtomicI64,
    /// Set if time also passes as the runtime's own does, paused or not.
    runs_since: Option<tokio::time::Instant>,
}

impl FakeClock {
    /// Where the clock starts unless told otherwise: 2021-04-22T12:14:55.954863Z.
    pub const START: Timestamp = Timestamp::from_unix_micros(1_619_093_695_954_863);

    /// A clock that stands at `now`.
    pub const fn standing_at(now: Timestamp) -> Self {
        Self {
            micros: AtomicI64::new(now.unix_micros()),
            runs_since: None,
        }
    }

    /// A clock that stands at the present, for tests that share a data directory with the real program.
    pub fn standing_at_present() -> Self {
        Self::standing_at(SystemClock::start().now())
    }

    /// A clock that starts at [`Self::START`] and runs with the runtime's time: under
    /// `tokio::time::pause` it moves by `tokio::time::advance`, together with all timers.
    #[expect(
        clippy::disallowed_methods,
        reason = "the runtime's time is what this clock follows"
    )]
    pub fn running() -> Self {
        Self {
            micros: AtomicI64::new(Self::START.unix_micros()),
            runs_since: Some(tokio::time::Instant::now()),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, secs: i64) {
        self.advance_micros(secs * 1_000_000);
    }

    /// Moves the clock forward by less than a second.
    pub fn advance_micros(&self, micros: i64) {
        assert!(micros >= 0, "time never runs backwards");
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }

    /// Moves the clock forward to `then`.
    pub fn advance_to(&self, then: Timestamp) {
        self.advance_micros(then.unix_micros() - self.now().unix_micros());
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::standing_at(Self::START)
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        let moved = Timestamp::from_unix_micros(self.micros.load(Ordering::SeqCst));
        match self.runs_since {
            Some(since) => {
                let passed = i64::try_from(since.elapsed().as_micros()).unwrap();
                moved.saturating_add_micros(passed)
            }
            None => moved,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_stands_until_it_is_moved() {
        let clock = FakeClock::default();
        assert_eq!(clock.now(), FakeClock::START);
        clock.advance(60);
        assert_eq!(clock.now(), FakeClock::START.saturating_add_secs(60));
    }

    #[tokio::test(start_paused = true)]
    async fn it_can_run_with_the_runtime() {
        let clock = FakeClock::running();
        tokio::time::advance(Duration::from_secs(5)).await;
        clock.advance(2);
        assert_eq!(clock.now(), FakeClock::START.saturating_add_secs(7));
    }
}
