//! How long a leg's packets have to wait to be played evenly.
//!
//! Times are in samples at 48 kHz. A packet's transit is when it came (on the mixer's clock) less its
//! timestamp (on the sender's); only differences of transits mean anything.

use crate::sound::TICK_LENGTH;

/// Shortest wait: 40 ms, two packets of the usual length.
pub(crate) const WAIT_MIN: i64 = 1_920;

/// Longest wait: 120 ms. A worse network is better served by concealment than by talking past each other.
pub(crate) const WAIT_MAX: i64 = 5_760;

/// The fastest transit is looked for in the last one to two of these: 5 s. A clock that is off by
/// 200 ppm moves 1 ms in it.
const PERIOD: i64 = 240_000;

/// How much of the jitter is forgotten with each packet: all but 1/e in 10 s at 20 ms.
const FORGET_SHIFT: i64 = 512;

/// Follows the transits of a leg's packets.
#[derive(Debug)]
pub(crate) struct DelayEstimate {
    fastest: i64,
    fastest_before: i64,
    period_began: i64,
    jitter: i64,
}

impl DelayEstimate {
    /// Begins with a first packet.
    pub(crate) const fn new(now: i64, transit: i64) -> Self {
        Self {
            fastest: transit,
            fastest_before: transit,
            period_began: now,
            jitter: 0,
        }
    }

    /// Takes in a packet, late ones as well.
    pub(crate) fn arrived(&mut self, now: i64, transit: i64) {
        let before = self.fastest_transit();
        let age = now - self.period_began;
        if age >= PERIOD {
            self.fastest_before = if age >= 2 * PERIOD {
                transit
            } else {
                self.fastest
            };
            self.fastest = transit;
            self.period_began = now;
        }
        self.fastest = self.fastest.min(transit);
        let fastest = self.fastest_transit();
        // What counted as jitter above the old base is less above a slower one.
        self.jitter = (self.jitter - (fastest - before).max(0)).max(0);
        let over = (transit - fastest).min(WAIT_MAX);
        if over > self.jitter {
            self.jitter = over;
        } else {
            self.jitter -= (self.jitter - over) / FORGET_SHIFT;
        }
    }

    /// How long a packet that came at once is to wait.
    pub(crate) fn wait(&self) -> i64 {
        (self.jitter + TICK_LENGTH).clamp(WAIT_MIN, WAIT_MAX)
    }

    /// When the sample of `time` should be played.
    pub(crate) fn due(&self, time: i64) -> i64 {
        time + self.fastest_transit() + self.wait()
    }

    /// How far a transit is from what is usual.
    pub(crate) fn oddness(&self, transit: i64) -> i64 {
        (transit - self.fastest_transit()).abs()
    }

    fn fastest_transit(&self) -> i64 {
        self.fastest.min(self.fastest_before)
    }
}

#[cfg(test)]
mod tests;
