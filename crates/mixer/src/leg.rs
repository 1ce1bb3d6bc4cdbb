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

/// Ticks that a leg keeps its place among the speakers whoever is louder: 500 ms.
const PLACE_TICKS_MIN: u8 = 25;

/// How fast the loudness of a speaker falls, in tenths of dB a tick: 25 dB/s, so that the gaps between
/// words count for little.
const LOUDNESS_FALLS: u16 = 5;

/// A leg's place among the speakers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It has none.
    None,
    /// For so many ticks.
    Held(u8),
    /// It fades out in this tick, and then has none.
    Yielded,
}

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
    /// The level of `sound`, in -dBov, once there is one for this tick.
    sounds: Option<u8>,
    place: Place,
    /// How loud it was of late, in tenths of dB above silence.
    loudest: u16,
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
            sounds: None,
            place: Place::None,
            loudest: 0,
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
        if let Some(level) = packet.level
            && !self.is_measured()
        {
            let periods = u8::try_from(samples / 960).unwrap_or(1).max(1);
            self.talk.hear(now, level, periods, settings.talking_level);
        }
    }

    /// Whether its loudness is known from its sound alone: its packets say nothing of it, or no truth.
    fn is_measured(&self) -> bool {
        !self.has_levels || self.playout.overstates()
    }

    /// Looks at what it has for this tick; whether it wants to be heard. Sound is made only where
    /// nothing else tells how loud it is.
    pub(crate) fn listen(
        &mut self,
        now: i64,
        settings: MixerSettings,
        counters: &mut Counters,
    ) -> bool {
        self.sounds = None;
        if self.playout.waiting() == 0 && self.playout.is_idle() {
            (self.heard, self.place, self.loudest) = (0, Place::None, 0);
            self.sound = Vec::new();
            return false;
        }
        let wants = if self.is_measured() {
            self.make_sound(now, counters);
            if let Some(level) = self.sounds {
                self.talk.hear(now, level, 1, settings.talking_level);
            }
            self.sounds
                .is_some_and(|level| level <= settings.gate_level)
        } else {
            self.playout.has_sound(now)
        };
        let fallen = self.loudest.saturating_sub(LOUDNESS_FALLS);
        self.loudest = self.loudness().max(fallen);
        wants
    }

    fn make_sound(&mut self, now: i64, counters: &mut Counters) {
        self.sound.resize(TICK, 0.0);
        if self.playout.pull(now, &mut self.sound, counters) {
            self.sounds = Some(level(&self.sound));
        }
    }

    /// How loud it is, in tenths of dB above silence.
    pub(crate) const fn loudness(&self) -> u16 {
        self.talk.loudness()
    }

    /// Whether it has a place among the speakers.
    pub(crate) fn has_place(&self) -> bool {
        self.place != Place::None
    }

    /// How loud it was of late, as [`Leg::loudness`], if it has had its place long enough to lose it.
    pub(crate) fn yields_at(&self) -> Option<u16> {
        match self.place {
            Place::Held(ticks) if ticks >= PLACE_TICKS_MIN => Some(self.loudest),
            Place::None | Place::Held(_) | Place::Yielded => None,
        }
    }

    /// Gives it a place.
    pub(crate) const fn give_place(&mut self) {
        self.place = Place::Held(0);
    }

    /// Lets it be heard no longer than this tick.
    pub(crate) const fn yield_place(&mut self) {
        self.place = Place::Yielded;
    }

    /// Readies what the leg puts into the mix in this tick, in `sound`; false if nothing.
    pub(crate) fn speak(
        &mut self,
        now: i64,
        settings: MixerSettings,
        counters: &mut Counters,
    ) -> bool {
        let heard = self.is_heard(now, settings, counters);
        if heard {
            self.keeps = PRIVATE_TICKS;
        } else {
            self.keeps = self.keeps.saturating_sub(1);
        }
        self.place = match self.place {
            Place::Held(ticks) if self.heard > 0 => Place::Held(ticks.saturating_add(1)),
            Place::None | Place::Held(_) | Place::Yielded => Place::None,
        };
        heard
    }

    fn is_heard(&mut self, now: i64, settings: MixerSettings, counters: &mut Counters) -> bool {
        if self.place == Place::None {
            if !self.is_measured() {
                self.playout.halt();
            }
            return false;
        }
        if self.sounds.is_none() && !self.is_measured() {
            self.make_sound(now, counters);
        }
        let Some(level) = self.sounds else {
            self.heard = 0;
            return false;
        };
        if self.place == Place::Yielded {
            ramp(&mut self.sound, 1.0, 0.0);
            self.heard = 0;
            return true;
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
            is_mixed: self.heard > 0,
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

    /// Mutes it. What it is heard with ends in the next tick, in which it is still left out of what it
    /// hears itself.
    pub(crate) fn mute(&mut self, counters: &mut Counters) {
        self.muted = true;
        let rest = self.silence(counters);
        self.playout.end_with(rest);
    }

    /// Forgets what it sent; gives what to fade out with if it was heard.
    pub(crate) fn silence(&mut self, counters: &mut Counters) -> Option<Vec<f32>> {
        self.talk = TalkDetector::new();
        let rest = self.playout.clear(counters);
        (self.heard > 0).then_some(rest).flatten()
    }
}
