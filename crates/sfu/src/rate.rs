//! How much a stream carries, and whether it still runs.

use std::time::{Duration, Instant};

/// Bytes are counted over windows of this length.
const WINDOW: Duration = Duration::from_millis(500);

/// The weight of the newest window in the average, of 4.
const NEWEST_QUARTERS: u64 = 2;

/// A layer is off when nothing came for so long, or for so many pictures, whichever is longer.
const SILENCE_MIN: Duration = Duration::from_millis(700);
const SILENCE_PICTURES: u32 = 5;

/// Longest pause between pictures that is taken as a rate, and not as a pause.
const INTERVAL_MAX: Duration = Duration::from_millis(1_200);

/// Measures one layer.
#[derive(Debug, Default)]
pub(crate) struct RateMeter {
    window: Option<Instant>,
    bytes: u64,
    average_bps: Option<u64>,
    last_packet: Option<Instant>,
    last_picture: Option<Instant>,
    interval: Duration,
}

impl RateMeter {
    pub(crate) fn count(&mut self, bytes: usize, ends_picture: bool, now: Instant) {
        self.last_packet = Some(now);
        self.bytes += u64::try_from(bytes).unwrap_or_default();
        if ends_picture {
            if let Some(last) = self.last_picture {
                let interval = now.saturating_duration_since(last).min(INTERVAL_MAX);
                self.interval = (self.interval * 7 + interval) / 8;
            }
            self.last_picture = Some(now);
        }
        let began = *self.window.get_or_insert(now);
        let elapsed = now.saturating_duration_since(began);
        if elapsed >= WINDOW {
            let millis = u64::try_from(elapsed.as_millis())
                .unwrap_or(u64::MAX)
                .max(1);
            let newest = self.bytes * 8_000 / millis;
            self.average_bps = Some(match self.average_bps {
                None => newest,
                Some(average) => (average * (4 - NEWEST_QUARTERS) + newest * NEWEST_QUARTERS) / 4,
            });
            self.window = Some(now);
            self.bytes = 0;
        }
    }

    /// In bit/s, payload only; `None` until half a second was measured.
    pub(crate) fn bps(&self) -> Option<u64> {
        self.average_bps
    }

    /// Whether packets still come.
    pub(crate) fn is_running(&self, now: Instant) -> bool {
        let silence = SILENCE_MIN.max(self.interval * SILENCE_PICTURES);
        self.last_packet
            .is_some_and(|last| now.saturating_duration_since(last) < silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_start::start;

    #[test]
    fn the_rate_is_that_of_the_last_second_or_so() {
        let start = start();
        let mut meter = RateMeter::default();
        assert_eq!(meter.bps(), None);
        for picture in 0..120_u64 {
            let bytes = if picture < 60 { 1_000 } else { 3_000 };
            meter.count(bytes, true, start + Duration::from_millis(picture * 33));
            if picture == 59 {
                let bps = meter.bps().unwrap();
                assert!((230_000..260_000).contains(&bps), "{bps}");
            }
        }
        let bps = meter.bps().unwrap();
        assert!((640_000..760_000).contains(&bps), "{bps}");
    }

    #[test]
    fn slow_pictures_are_no_silence() {
        let start = start();
        for (millis, running, ended) in [(33, 600, 800), (1_000, 3_500, 5_500)] {
            let mut meter = RateMeter::default();
            assert!(!meter.is_running(start));
            let mut now = start;
            for _ in 0..40 {
                now += Duration::from_millis(millis);
                meter.count(100, true, now);
            }
            assert!(meter.is_running(now + Duration::from_millis(running)));
            assert!(!meter.is_running(now + Duration::from_millis(ended)));
        }
    }
}
