//! Who is talking.

use crate::sound::SILENCE;

/// Levels that are averaged, one for each 20 ms (`audio_active_packets` in Janus).
const WINDOW: u8 = 10;

/// How much quieter than at the beginning somebody has to be to have ceased, in dB.
const HYSTERESIS_DB: u16 = 5;

/// How long somebody has to be quiet to have ceased, in samples: 500 ms, longer than the pauses
/// between words.
const HANGOVER: i64 = 24_000;

/// Without a level for so long, in samples, what was before counts no more: 200 ms.
const FORGET: i64 = 9_600;

/// Finds out from levels whether somebody talks: a sliding average, hysteresis and a hangover.
#[derive(Debug)]
pub(crate) struct TalkDetector {
    levels: [u8; WINDOW as usize],
    oldest: u8,
    sum: u16,
    heard_at: i64,
    loud_at: i64,
    talking: bool,
}

impl TalkDetector {
    /// One that has heard silence so far.
    pub(crate) const fn new() -> Self {
        Self {
            levels: [SILENCE; WINDOW as usize],
            oldest: 0,
            sum: SILENCE as u16 * WINDOW as u16,
            heard_at: 0,
            loud_at: 0,
            talking: false,
        }
    }

    /// Takes in a level that held for `periods` of 20 ms.
    pub(crate) fn hear(&mut self, now: i64, level: u8, periods: u8, talking_level: u8) {
        if now - self.heard_at > FORGET {
            self.levels = [SILENCE; WINDOW as usize];
            self.sum = u16::from(SILENCE) * u16::from(WINDOW);
        }
        self.heard_at = now;
        let level = level.min(SILENCE);
        for _ in 0..periods.min(WINDOW) {
            let slot = &mut self.levels[usize::from(self.oldest)];
            self.sum = self.sum - u16::from(*slot) + u16::from(level);
            *slot = level;
            self.oldest = (self.oldest + 1) % WINDOW;
        }
        let begins = u16::from(talking_level) * u16::from(WINDOW);
        if self.sum <= begins {
            self.talking = true;
            self.loud_at = now;
        } else if self.sum <= begins + HYSTERESIS_DB * u16::from(WINDOW) {
            self.loud_at = now;
        }
    }

    /// The average level, in tenths of dB above silence: 0 to 1,270.
    pub(crate) const fn loudness(&self) -> u16 {
        SILENCE as u16 * WINDOW as u16 - self.sum
    }

    /// Whether it talks at `now`.
    pub(crate) fn is_talking(&mut self, now: i64) -> bool {
        if self.talking && now - self.loud_at >= HANGOVER {
            self.talking = false;
        }
        self.talking
    }
}
