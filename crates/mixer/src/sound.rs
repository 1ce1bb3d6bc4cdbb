//! Arithmetic on samples. Full scale is 1.0; sums may go beyond it until they are clipped.

use crate::TICK_SAMPLES;

/// [`TICK_SAMPLES`] as a length.
pub(crate) const TICK: usize = TICK_SAMPLES as usize;

/// [`TICK_SAMPLES`] as a time.
pub(crate) const TICK_LENGTH: i64 = TICK_SAMPLES as i64;

/// Samples over which a sound is brought in or joined to another: 5 ms, too short to hear as a
/// fade and long enough not to click.
pub(crate) const FADE: usize = 240;

/// What is quieter than anything (RFC 6464, 3).
pub(crate) const SILENCE: u8 = 127;

/// Where clipping begins to bend.
const KNEE: f32 = 0.75;

/// The loudness in -dBov: 0 for a square wave of full scale, 127 for silence.
pub(crate) fn level(samples: &[f32]) -> u8 {
    // Eight sums beside each other, so that the compiler may use vectors.
    let mut sums = [0.0_f32; 8];
    for eight in samples.chunks_exact(8) {
        for (sum, sample) in sums.iter_mut().zip(eight) {
            *sum += sample * sample;
        }
    }
    let power = sums.iter().sum::<f32>() / count(samples.len());
    if power <= 1e-13 {
        return SILENCE;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0 to 127"
    )]
    let level = (-10.0 * power.log10()).clamp(0.0, f32::from(SILENCE)) as u8;
    level
}

/// Changes the loudness evenly from `from` to `to`.
pub(crate) fn ramp(samples: &mut [f32], from: f32, to: f32) {
    let step = (to - from) / count(samples.len());
    let mut gain = from;
    for sample in samples {
        *sample *= gain;
        gain += step;
    }
}

/// Adds `other` to `sum`.
pub(crate) fn add(sum: &mut [f32], other: &[f32]) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += other;
    }
}

/// Writes `sum` less `own` to `rest`.
pub(crate) fn without(sum: &[f32], own: &[f32], rest: &mut [f32]) {
    for ((rest, sum), own) in rest.iter_mut().zip(sum).zip(own) {
        *rest = sum - own;
    }
}

/// Goes over from `old` to `samples` in the first of them.
pub(crate) fn join(old: &[f32], samples: &mut [f32]) {
    let step = 1.0 / count(old.len());
    let mut share = 0.0;
    for (sample, old) in samples.iter_mut().zip(old) {
        *sample = old + (*sample - old) * share;
        share += step;
    }
}

/// Bends what is louder than three quarters of full scale so that it stays below it.
///
/// It has no memory. Two encoders that are given the same sound are thus given the same samples,
/// whatever they had before, and a leg can go from one to the other.
pub(crate) fn soft_clip(samples: &mut [f32]) {
    let peak = samples
        .iter()
        .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if peak <= KNEE {
        return;
    }
    for sample in samples {
        let size = sample.abs();
        if size > KNEE {
            let over = (size - KNEE) / (1.0 - KNEE);
            *sample = (KNEE + (1.0 - KNEE) * over / (1.0 + over)).copysign(*sample);
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no more than some thousands of samples"
)]
fn count(samples: usize) -> f32 {
    samples.max(1) as f32
}

#[cfg(test)]
mod tests;
