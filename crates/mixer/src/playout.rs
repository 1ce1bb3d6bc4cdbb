//! One leg's packets made into an even stream of samples: waits, conceals what is missing, and keeps
//! the delay where it should be.
//!
//! Times are in samples at 48 kHz; `now` is the mixer's clock, `time` the sender's.

use opus::{Channels, Decoder};

use crate::jitter_buffer::{Arrival, Held, JitterBuffer, pauses};
use crate::sound::{FADE, TICK, TICK_LENGTH, join, level, ramp};
use crate::{AudioPacket, Counters, PACKET_MAX_BYTES, SAMPLE_RATE_HZ};

/// Longest packet of Opus: 120 ms (RFC 6716, 3.2.5).
const PACKET_SAMPLES_MAX: usize = 5_760;

/// Most that is concealed before the leg counts as paused: 100 ms. Beyond it, made-up sound is worse than none.
const CONCEALED_TICKS_MAX: u8 = 5;

/// Longest gap that is concealed once it is known: 120 ms.
const LOST_MAX: i64 = 5_760;

/// How long a leg is still decoded after its last packet that was loud: 400 ms.
const GATE_HANGOVER: i64 = 19_200;

/// How far the delay may be off, beyond the packet at hand, before sound is cut short: 40 ms.
const DELAY_OFF_MAX: i64 = 1_920;

/// How far the delay may be too short before sound is prolonged where it is quiet: 10 ms. One more tick
/// makes it as much too long, which is not yet shortened.
const DELAY_SHORT_MAX: i64 = 480;

/// Sound this quiet, in -dBov, is left out or prolonged without anybody noticing.
const QUIET_LEVEL: u8 = 50;

/// The same beside what was loud of late, in dB: the gaps between words in a noisy place.
const QUIET_BELOW_DB: u8 = 15;

/// Packets after which what was loud counts 1 dB less: about 10 s for the 15.
const LOUD_FADES_PACKETS: u8 = 32;

/// How much quieter than it says a packet may be, in dB: encoders look ahead, and change the sound.
const OVERSTATED_DB: u8 = 20;

/// Packets in a row that may be quieter than that. With more, the sender's word counts no longer:
/// otherwise it would take the place of somebody who talks.
const OVERSTATED_PACKETS_MAX: u8 = 25;

/// Samples that libopus makes in one piece: 2.5 ms.
const PIECE: i64 = 120;

/// One leg's packets and the samples made of them.
#[derive(Debug, Default)]
pub(crate) struct Playout {
    buffer: JitterBuffer,
    /// Made when first needed: most legs only listen.
    decoder: Option<Decoder>,
    samples: Vec<f32>,
    playing: bool,
    /// The sender's time of what is to be decoded next.
    next_time: i64,
    /// When that is to sound.
    next_at: i64,
    /// The sender's time after which there is nothing to hear.
    loud_until: i64,
    /// What was concealed while no packet was there.
    ahead: i64,
    concealed_ticks: u8,
    /// Loudness at the end of `samples`.
    gain: f32,
    /// Samples of the next packet whose time has passed.
    trim: usize,
    /// What the next samples go over from.
    seam: Option<[f32; FADE]>,
    quiet: bool,
    /// The mix has let time go by, so that sound may be left out as well.
    skipped: bool,
    /// The level of the loudest of late, in -dBov, and packets since it was last taken down.
    loudest: u8,
    loudest_for: u8,
    /// Packets in a row that were far quieter than they said; once there were too many, it stays there.
    overstated: u8,
}

impl Playout {
    /// Takes in a packet; `loud` if it may be heard. Gives how long it sounds, in samples, if it is Opus.
    pub(crate) fn insert(
        &mut self,
        now: i64,
        packet: &AudioPacket<'_>,
        loud: bool,
        counters: &mut Counters,
    ) -> Option<i64> {
        let fits = (1..=PACKET_MAX_BYTES).contains(&packet.payload.len());
        let samples = fits
            .then(|| opus::packet::get_nb_samples(packet.payload, SAMPLE_RATE_HZ).ok())
            .flatten()
            .and_then(|samples| i64::try_from(samples).ok())
            .filter(|samples| *samples > 0);
        let Some(samples) = samples else {
            counters.malformed += 1;
            return None;
        };
        let time = match self.buffer.insert(now, packet, samples, counters) {
            Arrival::Kept(time) => time,
            Arrival::Restarted(time) => {
                if self.playing {
                    self.stop(counters);
                }
                self.loud_until = time;
                time
            }
            Arrival::Dropped => return Some(samples),
        };
        if loud && !pauses(packet.payload) {
            self.loud_until = self.loud_until.max(time + samples + GATE_HANGOVER);
        }
        Some(samples)
    }

    /// Writes the next tick's samples to `tick`; false if there is nothing to hear.
    pub(crate) fn pull(&mut self, now: i64, tick: &mut [f32], counters: &mut Counters) -> bool {
        if !self.playing {
            self.start(now);
        }
        while self.playing && self.samples.len() < TICK {
            self.step(now, counters);
        }
        if self.samples.is_empty() {
            return false;
        }
        let taken = self.samples.len().min(TICK);
        tick[..taken].copy_from_slice(&self.samples[..taken]);
        tick[taken..].fill(0.0);
        self.samples.drain(..taken);
        self.next_at = now + TICK_LENGTH + length(self.samples.len());
        true
    }

    /// The mix has let time go by unheard: what would have sounded then is left out, not put off.
    pub(crate) const fn skip(&mut self) {
        self.skipped = true;
    }

    /// Forgets everything; gives what to fade out with if there was something to hear.
    pub(crate) fn clear(&mut self, counters: &mut Counters) -> Option<Vec<f32>> {
        if self.playing {
            self.stop(counters);
        }
        let overstated = self.overstated;
        let mut rest = std::mem::take(self).samples;
        self.overstated = overstated;
        rest.truncate(TICK);
        ramp(&mut rest, 1.0, 0.0);
        (!rest.is_empty()).then_some(rest)
    }

    /// How long a packet that came at once waits, in samples.
    pub(crate) fn wait(&self) -> i64 {
        self.buffer.wait()
    }

    /// How long what is played waits, in samples, over and above the fastest transit; none in a pause.
    pub(crate) fn delay(&self) -> Option<i64> {
        let due = self.buffer.due(self.next_time)?;
        self.playing.then(|| self.next_at - due + self.wait())
    }

    /// Whether there is nothing to hear, nor anything to come of what waits.
    pub(crate) fn is_idle(&self) -> bool {
        !self.playing && self.samples.is_empty()
    }

    /// How many packets wait.
    pub(crate) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// Whether it has something for the tick at `now` that may be heard.
    pub(crate) fn has_sound(&mut self, now: i64) -> bool {
        self.playing || !self.samples.is_empty() || self.seek(now).is_some()
    }

    /// Ceases to play at once. Packets are dropped when their time has passed, and not decoded.
    pub(crate) fn halt(&mut self) {
        self.samples.clear();
        self.end();
    }

    /// Plays nothing more than this.
    pub(crate) fn end_with(&mut self, rest: Option<Vec<f32>>) {
        self.samples = rest.unwrap_or_default();
    }

    /// Whether packets said again and again that they were louder than they are.
    pub(crate) const fn overstates(&self) -> bool {
        self.overstated >= OVERSTATED_PACKETS_MAX
    }

    /// Finds the packet that is due, if it may be heard: its time, and how much of it has passed. Drops
    /// what is before it.
    fn seek(&mut self, now: i64) -> Option<(i64, i64)> {
        while let Some(held) = self.buffer.next() {
            let due = self.buffer.due(held.time)?;
            if due > now {
                return None;
            }
            if !held.pauses() && due + held.samples > now {
                return (held.time < self.loud_until).then_some((held.time, now - due));
            }
            self.buffer.take();
        }
        None
    }

    /// Begins to play with the packet that is due, if one may be heard.
    fn start(&mut self, now: i64) {
        let Some((time, passed)) = self.seek(now + length(self.samples.len())) else {
            return;
        };
        if !self.fresh_decoder() {
            return;
        }
        (self.next_time, self.trim) = (time, usize::try_from(passed).unwrap_or(0));
        self.playing = true;
        (self.ahead, self.concealed_ticks, self.gain) = (0, 0, 0.0);
        self.skipped = false;
        (self.seam, self.quiet, self.loudest, self.loudest_for) = (None, true, QUIET_LEVEL, 0);
    }

    fn fresh_decoder(&mut self) -> bool {
        if let Some(decoder) = &mut self.decoder {
            return decoder.reset_state().is_ok();
        }
        self.decoder = Decoder::new(SAMPLE_RATE_HZ, Channels::Mono).ok();
        self.decoder.is_some()
    }

    /// Adds samples, or ends playing.
    fn step(&mut self, now: i64, counters: &mut Counters) {
        let at = now + length(self.samples.len());
        let Some(held) = self.buffer.next() else {
            return self.starve(counters);
        };
        if held.pauses() {
            self.buffer.take();
            return self.stop(counters);
        }
        if held.time >= self.loud_until {
            return self.stop(counters);
        }
        let lost = held.time - self.next_time - self.ahead;
        if lost > 0 {
            if self.buffer.follows(held) || lost > LOST_MAX {
                return self.stop(counters);
            }
            return self.recover(lost, counters);
        }
        let Some(due) = self.buffer.due(held.time) else {
            return self.stop(counters);
        };
        let (late, samples) = (at - due, held.samples);
        let skipped = std::mem::take(&mut self.skipped);
        if late > samples + DELAY_OFF_MAX || (skipped && late >= samples) {
            return self.cut(at, counters);
        }
        if self.quiet && late < -DELAY_SHORT_MAX {
            counters.delay_changes += 1;
            self.conceal(TICK, self.gain, counters);
        }
        let Some(held) = self.buffer.take() else {
            return;
        };
        self.decode(&held, self.quiet && late > samples, counters);
    }

    /// Decodes a packet; `shorten` to leave it out if it is quiet.
    fn decode(&mut self, held: &Held, shorten: bool, counters: &mut Counters) {
        self.next_time = held.time + held.samples;
        self.ahead = 0;
        counters.decodes += 1;
        let before = self.samples.len();
        let size = usize::try_from(held.samples).unwrap_or(TICK);
        if !self.make(&held.payload, size) {
            self.samples.truncate(before);
            counters.malformed += 1;
            return self.conceal(size, self.gain, counters);
        }
        self.concealed_ticks = 0;
        let trim = std::mem::take(&mut self.trim).min(size);
        let level = level(&self.samples[before..]);
        self.check(held, level);
        let decoded = &self.samples[before..];
        self.quiet = level >= QUIET_LEVEL.min(self.loudest.saturating_add(QUIET_BELOW_DB));
        (self.loudest, self.loudest_for) = if level <= self.loudest {
            (level, 0)
        } else if self.loudest_for >= LOUD_FADES_PACKETS {
            (self.loudest + 1, 0)
        } else {
            (self.loudest, self.loudest_for + 1)
        };
        if shorten && self.quiet && self.seam.is_none() {
            counters.delay_changes += 1;
            self.seam = decoded.first_chunk().copied();
            return self.samples.truncate(before);
        }
        if trim > 0 {
            self.samples.drain(before..before + trim);
        }
        self.fit(before, 1.0);
    }

    /// Notes whether a packet is as loud as it says.
    fn check(&mut self, held: &Held, level: u8) {
        if self.overstates() {
            return;
        }
        let overstated = held
            .level
            .is_some_and(|said| level > said.saturating_add(OVERSTATED_DB));
        self.overstated = if overstated { self.overstated + 1 } else { 0 };
    }

    /// Makes up for `lost` samples before the next packet, from its error correction if it has any.
    fn recover(&mut self, lost: i64, counters: &mut Counters) {
        let Some(held) = self.buffer.next() else {
            return self.end();
        };
        self.next_time = held.time;
        self.ahead = 0;
        let before = self.samples.len();
        let pieces = usize::try_from(lost / PIECE * PIECE).unwrap_or(0);
        if pieces == 0 {
            return;
        }
        let corrects = has_correction(&held.payload);
        self.samples.resize(before + pieces, 0.0);
        let made = self.decoder.as_mut().is_some_and(|decoder| {
            decoder
                .decode_float(&held.payload, &mut self.samples[before..], true)
                .is_ok()
        });
        if !made {
            self.samples[before..].fill(0.0);
        }
        if corrects {
            counters.recoveries += 1;
        }
        if !corrects || lost > held.samples {
            counters.concealments += 1;
        }
        self.fit(before, if corrects { 1.0 } else { self.gain });
    }

    /// Goes on without a packet for one tick, ever more quietly; ends playing after some.
    fn starve(&mut self, counters: &mut Counters) {
        if self.concealed_ticks >= CONCEALED_TICKS_MAX {
            return self.end();
        }
        self.concealed_ticks += 1;
        let left = f32::from(CONCEALED_TICKS_MAX - self.concealed_ticks);
        self.conceal(TICK, left / f32::from(CONCEALED_TICKS_MAX), counters);
        self.ahead += TICK_LENGTH;
    }

    /// Leaves out packets until the delay is right again.
    fn cut(&mut self, at: i64, counters: &mut Counters) {
        let mut seam = [0.0; FADE];
        if let Some(decoder) = &mut self.decoder
            && decoder.decode_float(&[], &mut seam, false).is_ok()
        {
            self.seam = Some(seam);
        }
        while let Some(held) = self.buffer.next()
            && let Some(due) = self.buffer.due(held.time)
            && at - due >= held.samples
        {
            (self.next_time, self.ahead) = (held.time + held.samples, 0);
            self.buffer.take();
            counters.delay_changes += 1;
        }
    }

    /// Fades out over one tick and ends playing.
    fn stop(&mut self, counters: &mut Counters) {
        if self.gain > 0.0 {
            self.conceal(TICK, 0.0, counters);
        }
        self.end();
    }

    fn end(&mut self) {
        (self.playing, self.gain, self.trim) = (false, 0.0, 0);
    }

    /// Adds what the decoder makes up, going over to the loudness `gain`.
    fn conceal(&mut self, size: usize, gain: f32, counters: &mut Counters) {
        counters.concealments += 1;
        let before = self.samples.len();
        if !self.make(&[], size) {
            self.samples[before..].fill(0.0);
        }
        ramp(&mut self.samples[before..], self.gain, gain);
        self.gain = gain;
        self.mend(before);
    }

    /// Adds `size` samples from the decoder; false if it could not.
    fn make(&mut self, payload: &[u8], size: usize) -> bool {
        let before = self.samples.len();
        self.samples
            .resize(before + size.min(PACKET_SAMPLES_MAX), 0.0);
        self.decoder.as_mut().is_some_and(|decoder| {
            decoder
                .decode_float(payload, &mut self.samples[before..], false)
                .is_ok()
        })
    }

    /// Brings what was added after `before` to the loudness `gain`.
    fn fit(&mut self, before: usize, gain: f32) {
        let added = &mut self.samples[before..];
        let (begin, rest) = added.split_at_mut(added.len().min(FADE));
        if self.gain < 1.0 || gain < 1.0 {
            ramp(begin, self.gain, gain);
            ramp(rest, gain, gain);
        }
        self.gain = gain;
        self.mend(before);
    }

    /// Joins what was added after `before` to what it follows in place of something left out.
    fn mend(&mut self, before: usize) {
        if let Some(seam) = self.seam.take() {
            let added = &mut self.samples[before..];
            let common = added.len().min(FADE);
            join(&seam[..common], added);
        }
    }
}

/// Whether an Opus packet brings a copy of the one before it (RFC 6716, 2.1.7 and 4.2.4).
fn has_correction(payload: &[u8]) -> bool {
    let Ok(packet) = opus::packet::parse(payload) else {
        return false;
    };
    // Modes without SILK have no such copies (RFC 6716, table 2).
    let config = packet.toc >> 3;
    let frames_of_20_ms = match config {
        16.. => return false,
        12..=15 => 1,
        0..=11 => match config % 4 {
            0 | 1 => 1,
            2 => 2,
            3.. => 3,
        },
    };
    packet
        .frames
        .first()
        .and_then(|frame| frame.first())
        .is_some_and(|first| first >> (7 - frames_of_20_ms) & 1 == 1)
}

fn length(samples: usize) -> i64 {
    i64::try_from(samples).unwrap_or(i64::MAX)
}
