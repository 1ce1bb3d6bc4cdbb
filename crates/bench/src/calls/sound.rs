//! Opus packets to send: a tone that speaks, and silence.

use std::f64::consts::TAU;
use std::sync::Arc;

use anyhow::Context;
use greenroom_headless::Audio;

/// Samples per second, one channel.
const RATE: u32 = 48_000;
/// Samples of 20 ms.
const FRAME: usize = 960;
/// A second of packets, sent over and over.
const FRAMES: usize = 50;
/// Bits per second, as Chromium sends a voice.
const BITS_PER_SEC: i32 = 32_000;

/// A voice: three tones that rise and fall, told as loud.
pub(crate) fn voice() -> anyhow::Result<Audio> {
    let sample = |at: f64| {
        let loudness = (TAU * 4.0 * at).sin().abs() * 4_000.0;
        let tones = [180.0, 540.0, 1_260.0].map(|hertz| (TAU * hertz * at).sin());
        loudness * tones.iter().sum::<f64>()
    };
    Ok(Audio {
        packets: encode(sample)?,
        level: 25,
        on: true,
    })
}

/// A microphone that is open in a quiet room, told as silent.
pub(crate) fn silence() -> anyhow::Result<Audio> {
    Ok(Audio {
        packets: encode(|_| 0.0)?,
        level: 127,
        on: true,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "samples are within 16 bits"
)]
fn encode(sample: impl Fn(f64) -> f64) -> anyhow::Result<Arc<[Arc<[u8]>]>> {
    let mut encoder = opus::Encoder::new(RATE, opus::Channels::Mono, opus::Application::Voip)?;
    encoder.set_bitrate(opus::Bitrate::Bits(BITS_PER_SEC))?;
    let samples: Vec<i16> = (0..u32::try_from(FRAME * FRAMES)?)
        .map(|number| sample(f64::from(number) / f64::from(RATE)) as i16)
        .collect();
    let packets = samples
        .chunks(FRAME)
        .map(|frame| Ok(Arc::from(encoder.encode_vec(frame, 1_275)?)))
        .collect::<anyhow::Result<Vec<Arc<[u8]>>>>()
        .context("Opus")?;
    Ok(Arc::from(packets))
}
