//! Whether somebody talks, from the levels that a publisher sends along (RFC 6464).

use std::time::{Duration, Instant};

/// Packets that are averaged over: 200 ms of audio.
const WINDOW_PACKETS: u32 = 10;

/// Louder than this on average is talking, in dB below the loudest.
const TALKING_MAX_DB: u32 = 60;

/// Without packets for so long nobody talks: a muted microphone sends none.
const SILENCE: Duration = Duration::from_secs(1);

/// A change is told no sooner than this after the one before: everybody in the room is told of it, however
/// fast packets come.
const CHANGE_MIN: Duration = Duration::from_millis(500);

/// Averages the levels of one audio track.
#[derive(Debug, Default)]
pub(crate) struct TalkDetector {
    packets: u32,
    sum_db: u32,
    is_talking: bool,
    last_packet: Option<Instant>,
    changed: Option<Instant>,
}

impl TalkDetector {
    /// Takes the level of a packet, 0 (loudest) to -127 dBov; `Some` if it changes the answer.
    pub(crate) fn hear(&mut self, level_dbov: i8, now: Instant) -> Option<bool> {
        self.last_packet = Some(now);
        self.packets += 1;
        self.sum_db += u32::from(level_dbov.unsigned_abs());
        if self.packets < WINDOW_PACKETS {
            return None;
        }
        let average = self.sum_db / self.packets;
        self.packets = 0;
        self.sum_db = 0;
        if self
            .changed
            .is_some_and(|changed| now < changed + CHANGE_MIN)
        {
            return None;
        }
        let change = self.say(average < TALKING_MAX_DB);
        if change.is_some() {
            self.changed = Some(now);
        }
        change
    }

    /// When to look whether packets have ceased.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.last_packet
            .filter(|_| self.is_talking)
            .map(|last| last + SILENCE)
    }

    /// Looks whether packets have ceased.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Option<bool> {
        if self.due().is_none_or(|due| now < due) {
            return None;
        }
        self.silence()
    }

    /// It is not heard any more.
    pub(crate) fn silence(&mut self) -> Option<bool> {
        self.packets = 0;
        self.sum_db = 0;
        self.say(false)
    }

    fn say(&mut self, is_talking: bool) -> Option<bool> {
        let changed = self.is_talking != is_talking;
        self.is_talking = is_talking;
        changed.then_some(is_talking)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_start::start;

    #[test]
    fn talking_is_told_when_it_changes() {
        let start = start();
        let mut talk = TalkDetector::default();
        let mut told = Vec::new();
        for packet in 0..100_u64 {
            let level = if (25..60).contains(&packet) {
                -20
            } else {
                -100
            };
            if let Some(talking) = talk.hear(level, start + Duration::from_millis(packet * 20)) {
                told.push((packet, talking));
            }
        }
        assert_eq!(told, [(39, true), (69, false)]);
    }

    #[test]
    fn however_fast_it_changes_it_is_told_now_and_then() {
        let start = start();
        let mut talk = TalkDetector::default();
        let told = (0..100_000_u64).filter(|packet| {
            let level = if packet / 10 % 2 == 0 { 0 } else { -127 };
            let now = start + Duration::from_micros(packet * 100);
            talk.hear(level, now).is_some()
        });
        assert!((15..=20).contains(&told.count()));
    }

    #[test]
    fn who_sends_nothing_does_not_talk() {
        let start = start();
        let mut talk = TalkDetector::default();
        let told = (0..10).filter_map(|_| talk.hear(0, start)).last();
        assert_eq!(told, Some(true));
        let due = talk.due().unwrap();
        assert_eq!(talk.handle_timeout(start), None);
        assert_eq!(talk.handle_timeout(due), Some(false));
        assert_eq!(talk.due(), None);
        assert_eq!(talk.silence(), None);
    }
}
