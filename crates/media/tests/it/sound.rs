//! Tones in Opus, and how to find them again.

use std::sync::Arc;

use greenroom_headless::{Audio, AudioPacket};
use opus::{Application, Channels, Decoder, Encoder};

const RATE_HZ: u32 = 48_000;
const FRAME_SAMPLES: usize = 960;

/// A second of a tone.
pub fn tone(hz: u16) -> Audio {
    let mut encoder = Encoder::new(RATE_HZ, Channels::Mono, Application::Audio).unwrap();
    let mut at = 0_u32;
    let packets: Vec<Arc<[u8]>> = (0..50)
        .map(|_| {
            let frame: Vec<f32> = (0..FRAME_SAMPLES)
                .map(|_| {
                    at = (at + u32::from(hz)) % RATE_HZ;
                    let turn = f64::from(at) / f64::from(RATE_HZ) * std::f64::consts::TAU;
                    #[expect(clippy::cast_possible_truncation, reason = "a sample")]
                    let sample = (turn.sin() * 0.3) as f32;
                    sample
                })
                .collect();
            encoder.encode_vec_float(&frame, 400).unwrap().into()
        })
        .collect();
    Audio {
        packets: packets.into(),
        level: 15,
        on: true,
    }
}

/// How strong a tone is in what was heard, as amplitude.
pub fn strength(heard: &[&AudioPacket], hz: u16) -> f64 {
    let mut decoder = Decoder::new(RATE_HZ, Channels::Mono).unwrap();
    let mut samples = Vec::new();
    for packet in heard {
        let mut frame = [0_f32; FRAME_SAMPLES];
        let count = decoder
            .decode_float(&packet.payload, &mut frame, false)
            .unwrap();
        samples.extend_from_slice(&frame[..count]);
    }
    let (mut re, mut im, mut turn) = (0.0, 0.0, 0_u32);
    for sample in &samples {
        turn = (turn + u32::from(hz)) % RATE_HZ;
        let angle = f64::from(turn) / f64::from(RATE_HZ) * std::f64::consts::TAU;
        re += f64::from(*sample) * angle.cos();
        im += f64::from(*sample) * angle.sin();
    }
    let count = u32::try_from(samples.len().max(1)).unwrap();
    2.0 * re.hypot(im) / f64::from(count)
}
