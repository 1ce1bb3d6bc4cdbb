//! Where the present comes from: a trait, so that nothing below the edges reads a clock itself.

use crate::Timestamp;

/// Tells the present time.
pub trait Clock: Send + Sync {
    /// The present time; never earlier than what this clock said before.
    fn now(&self) -> Timestamp;
}

/// A wall clock that cannot run backwards, as a pure function of two readings.
///
/// Time follows the monotonic clock from an anchor. When the wall clock turns out to be ahead
/// (it was set forward, or the machine slept), the anchor moves forward with it; when it is
/// behind, the guard keeps counting from where it was, so that an expired token stays expired.
#[derive(Debug, Clone, Copy)]
pub struct MonotonicGuard {
    anchor: Timestamp,
    anchor_elapsed_micros: i64,
}

impl MonotonicGuard {
    /// Starts at the wall time `wall`, with the monotonic clock at `elapsed_micros`.
    pub fn new(wall: Timestamp, elapsed_micros: i64) -> Self {
        Self {
            anchor: wall,
            anchor_elapsed_micros: elapsed_micros,
        }
    }

    /// The present, from a reading of both clocks.
    pub fn observe(&mut self, wall: Timestamp, elapsed_micros: i64) -> Timestamp {
        let passed = elapsed_micros
            .saturating_sub(self.anchor_elapsed_micros)
            .max(0);
        let steady = self.anchor.saturating_add_micros(passed);
        if wall > steady {
            self.anchor = wall;
            self.anchor_elapsed_micros = elapsed_micros;
            return wall;
        }
        steady
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_700_000_000;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_unix_secs(secs)
    }

    #[test]
    fn a_step_back_never_shows() {
        for step_secs in [1, 5, 61, 86_400] {
            let mut guard = MonotonicGuard::new(at(START), 0);
            let before = guard.observe(at(START + 10), 10_000_000);
            let after = guard.observe(at(START + 11 - step_secs), 11_000_000);
            assert_eq!(before, at(START + 10), "step {step_secs}");
            assert_eq!(after, at(START + 11), "step {step_secs}");
        }
    }

    #[test]
    fn a_step_forward_is_followed() {
        for step_secs in [1, 5, 61, 86_400] {
            let mut guard = MonotonicGuard::new(at(START), 0);
            assert_eq!(
                guard.observe(at(START + 1 + step_secs), 1_000_000),
                at(START + 1 + step_secs)
            );
            assert_eq!(
                guard.observe(at(START + 2 + step_secs), 2_000_000),
                at(START + 2 + step_secs)
            );
        }
    }
}
