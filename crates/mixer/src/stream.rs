//! One stream of mixed audio as it is encoded.

use std::sync::Arc;

use opus::{Application, Bitrate, Channels, Encoder};

use crate::sound::TICK;
use crate::{Counters, MixerSettings, SAMPLE_RATE_HZ};

/// Silent frames that are encoded before a stream pauses, as many as libopus takes: 200 ms, so that
/// the hearer's decoder has come to rest.
const SILENT_FRAMES: u8 = 10;

/// Frames from one sign of life to the next in a pause, as in libopus: 400 ms.
const PAUSE_FRAMES: u8 = 20;

/// Largest packet that an encoder may make, in bytes: 20 ms at 128 kbit/s have 320, with room to vary.
const ENCODED_MAX_BYTES: usize = 1_000;

/// Most encoders kept for later. One has about 30 kB.
const SPARE_ENCODERS_MAX: usize = 16;

/// Frames of the past that a new encoder is fed with to be where an older one is: the codec looks
/// back less than 60 ms (overlap, pitch, energy of the bands).
pub(crate) const HISTORY_FRAMES: usize = 3;

/// Where encoders come from and go to.
#[derive(Debug)]
pub(crate) struct Encoders {
    settings: MixerSettings,
    spare: Vec<Encoder>,
}

impl Encoders {
    /// Those of a mixer.
    pub(crate) const fn new(settings: MixerSettings) -> Self {
        Self {
            settings,
            spare: Vec::new(),
        }
    }

    fn take(&mut self) -> opus::Result<Encoder> {
        if let Some(mut encoder) = self.spare.pop() {
            encoder.reset_state()?;
            return Ok(encoder);
        }
        let settings = self.settings;
        let mut encoder = Encoder::new(SAMPLE_RATE_HZ, Channels::Mono, Application::Audio)?;
        encoder.set_bitrate(Bitrate::Bits(settings.bitrate_bps.cast_signed()))?;
        encoder.set_complexity(settings.complexity.into())?;
        encoder.set_inband_fec(true)?;
        encoder.set_packet_loss_perc(settings.expected_loss_percent.into())?;
        Ok(encoder)
    }

    /// Takes an encoder back.
    pub(crate) fn put(&mut self, stream: Stream) {
        if self.spare.len() < SPARE_ENCODERS_MAX {
            self.spare.push(stream.encoder);
        }
    }
}

/// The last frames of the sound that all hear.
#[derive(Debug)]
pub(crate) struct History {
    frames: [Option<Box<[f32; TICK]>>; HISTORY_FRAMES],
}

impl History {
    /// Nothing but silence.
    pub(crate) const fn new() -> Self {
        Self {
            frames: [const { None }; HISTORY_FRAMES],
        }
    }

    /// Adds a frame; `None` is silence.
    pub(crate) fn push(&mut self, sound: Option<&[f32; TICK]>) {
        self.frames.rotate_left(1);
        if let Some(last) = self.frames.last_mut() {
            match (last.as_mut(), sound) {
                (Some(kept), Some(sound)) => **kept = *sound,
                (_, sound) => *last = sound.map(|sound| Box::new(*sound)),
            }
        }
    }

    fn is_silent(&self) -> bool {
        self.frames.iter().all(Option::is_none)
    }
}

/// One stream of mixed audio: for all who only listen, or for one who is heard.
#[derive(Debug)]
pub(crate) struct Stream {
    encoder: Encoder,
    /// Silent frames so far, up to [`SILENT_FRAMES`].
    silent: u8,
    /// Frames since the last sign of life in a pause.
    paused: Option<u8>,
    /// The next frame must not build on earlier ones.
    independent: bool,
    /// The first byte of the last packet, which names its mode.
    toc: u8,
}

impl Stream {
    /// One that goes on from `history`, for hearers whose decoder has heard that, from whatever encoder.
    pub(crate) fn after(
        history: &History,
        encoders: &mut Encoders,
        counters: &mut Counters,
    ) -> opus::Result<Self> {
        let mut stream = Self {
            encoder: encoders.take()?,
            silent: 0,
            paused: None,
            independent: true,
            toc: 0,
        };
        if history.is_silent() {
            return Ok(stream);
        }
        for frame in &history.frames {
            counters.priming_encodes += 1;
            let mut packet = [0; ENCODED_MAX_BYTES];
            let sound = frame.as_deref().unwrap_or(&[0.0; TICK]);
            stream.encoder.encode_float(sound, &mut packet)?;
        }
        Ok(stream)
    }

    /// Goes on in the pause of another stream.
    pub(crate) fn join_pause(&mut self, other: &Self) {
        (self.silent, self.paused, self.toc) = (other.silent, other.paused, other.toc);
    }

    /// Whether nothing but signs of life goes out.
    pub(crate) const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Makes the next frame one that a decoder understands whatever it has heard before, and in a
    /// pause sends a sign of life at once.
    pub(crate) fn admit(&mut self) {
        self.independent = true;
        self.paused = self.paused.map(|_| PAUSE_FRAMES - 1);
    }

    /// The same for one that has heard nothing yet: it gets some frames even in silence.
    pub(crate) const fn admit_newcomer(&mut self) {
        self.independent = true;
        self.silent = 0;
    }

    /// Encodes a tick's sound; `None` is silence. Gives the packet, if one is to go out, and whether it is
    /// the first after a pause.
    pub(crate) fn encode(
        &mut self,
        sound: Option<&[f32; TICK]>,
        counters: &mut Counters,
    ) -> Option<(Arc<[u8]>, bool)> {
        if sound.is_some() {
            self.silent = 0;
        } else if self.silent >= SILENT_FRAMES {
            return self.pause();
        } else {
            self.silent += 1;
        }
        let resumes = self.paused.take().is_some();
        let independent = std::mem::take(&mut self.independent) || resumes;
        if independent {
            self.encoder.set_prediction_disabled(true).ok()?;
        }
        counters.encodes += 1;
        let mut packet = [0; ENCODED_MAX_BYTES];
        let encoded = self
            .encoder
            .encode_float(sound.unwrap_or(&[0.0; TICK]), &mut packet);
        if independent {
            self.encoder.set_prediction_disabled(false).ok()?;
        }
        let packet = packet.get(..encoded.ok()?)?;
        self.toc = *packet.first()?;
        Some((packet.into(), resumes))
    }

    fn pause(&mut self) -> Option<(Arc<[u8]>, bool)> {
        let since = self.paused.map_or(0, |since| (since + 1) % PAUSE_FRAMES);
        self.paused = Some(since);
        // One frame without content, in the mode of the last (RFC 6716, 3.2.1).
        (since == 0).then(|| ([self.toc & 0xFC].as_slice().into(), false))
    }
}

#[cfg(test)]
mod tests;
