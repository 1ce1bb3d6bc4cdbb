//! One who is heard and hears.

use std::sync::Arc;

use crate::playout::Playout;
use crate::sound::{FADE, TICK, level, ramp};
use crate::stream::Stream;
use crate::talk::TalkDetector;
use crate::{AudioPacket, Counters, LegId, LegStatus, MixerSettings};

/// Ticks that a leg is still mixed in after it was loud: 400 ms.
const HEARD_TICKS: u8 = 20;

/// Ticks that a leg keeps its encoder after it was heard: 200 ms. By then its own encoder and the
/// shared one have long been given the same sound.
const PRIVATE_TICKS: u8 = 10;

/// One who is heard in a mix and hears it.
#[derive(Debug)]
pub(crate) struct Leg {
    /// Itself alone, as the hearers of a frame.
    pub(crate) only: Arc<[LegId]>,
    /// Its own encoder, while it is heard.
    pub(crate) private: Option<Stream>,
    /// What it puts into the mix in this tick, if it is heard.
    pub(crate) sound: Vec<f32>,
    pub(crate) muted: bool,
    /// Whether it was told that it talks.
    pub(crate) told_talking: bool,
    playout: Playout,
    talk: TalkDetector,
    has_levels: bool,
    /// Ticks that it is still mixed in.
    heard: u8,
    /// Ticks that it keeps its encoder.
    keeps: u8,
}

impl Leg {
    /// One that has sent nothing yet.
    pub(crate) fn new(id: LegId, muted: bool) -> Self {
        Self {
            only: [id].as_slice().into(),
            private: None,
            sound: Vec::new(),
            muted,
            told_talking: false,
            playout: Playout::default(),
            talk: TalkDetector::new(),
            has_levels: false,
            heard: 0,
            keeps: 0,
        }
    }

    /// Takes in a packet.
    pub(crate) fn insert(
        &mut self,
        now: i64,
        packet: &AudioPacket<'_>,
        settings: MixerSettings,
        counters: &mut Counters,
    ) {
        if self.muted {
            counters.unheard += 1;
            return;
        }
        let loud = packet
            .level
            .is_none_or(|level| level <= settings.gate_level);
        let Some(samples) = self.playout.insert(now, packet, loud, counters) else {
            return;
        };
        self.has_levels = packet.level.is_some();
        if let Some(level) = packet.level {
            let periods = u8::try_from(samples / 960).unwrap_or(1).max(1);
            self.talk.hear(now, level, periods, settings.talking_level);
        }
    }

    /// Readies what the leg puts into the mix in this tick, in `sound`; false if nothing.
    pub(crate) fn tick(
        &mut self,
        now: i64,
        settings: MixerSettings,
        counters: &mut Counters,
    ) -> bool {
        let heard = self.pull(now, settings, counters);
        if heard {
            self.keeps = PRIVATE_TICKS;
        } else {
            self.keeps = self.keeps.saturating_sub(1);
        }
        heard
    }

    fn pull(&mut self, now: i64, settings: MixerSettings, counters: &mut Counters) -> bool {
        if self.playout.waiting() == 0 && self.playout.is_idle() {
            self.heard = 0;
            return false;
        }
        self.sound.resize(TICK, 0.0);
        if !self.playout.pull(now, &mut self.sound, counters) {
            self.heard = 0;
            return false;
        }
        let level = level(&self.sound);
        if !self.has_levels {
            self.talk.hear(now, level, 1, settings.talking_level);
        }
        if level <= settings.gate_level {
            if self.heard == 0 {
                ramp(&mut self.sound[..FADE], 0.0, 1.0);
            }
            self.heard = HEARD_TICKS;
            return true;
        }
        if self.heard == 0 {
            return false;
        }
        self.heard -= 1;
        if self.heard == 0 {
            ramp(&mut self.sound, 1.0, 0.0);
        }
        true
    }

    /// The mix lets time go by unheard.
    pub(crate) const fn skip(&mut self) {
        self.playout.skip();
    }

    /// How its packets fare.
    pub(crate) fn status(&self) -> LegStatus {
        let millis = |samples: i64| u32::try_from(samples / 48).unwrap_or(0);
        LegStatus {
            target_delay_ms: millis(self.playout.wait()),
            delay_ms: self.playout.delay().map(millis),
            packets: self.playout.waiting(),
        }
    }

    /// Whether it may go over to the sound that all hear.
    pub(crate) const fn gives_back(&self) -> bool {
        self.keeps == 0
    }

    /// Whether it talks.
    pub(crate) fn is_talking(&mut self, now: i64) -> bool {
        self.talk.is_talking(now)
    }

    /// Forgets what it sent; gives what to fade out with if it was heard.
    pub(crate) fn silence(&mut self, counters: &mut Counters) -> Option<Vec<f32>> {
        self.talk = TalkDetector::new();
        let rest = self.playout.clear(counters);
        (std::mem::take(&mut self.heard) > 0)
            .then_some(rest)
            .flatten()
    }
}
