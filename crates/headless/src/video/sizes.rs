//! How large the next frame is.

use super::FrameSizes;

/// Chromium fills packets up to about that many bytes of payload.
const MOST_PACKET_BYTES: usize = 1150;
/// Room for the descriptor, the frame header and the stamp.
const LEAST_PACKET_BYTES: usize = 40;
/// A keyframe against the mean frame.
const KEYFRAME_FACTOR: f64 = 5.0;
/// Frames of temporal layer 0, 1 and 2 against the mean.
const TEMPORAL_FACTORS: [f64; 3] = [1.4, 1.0, 0.75];

impl FrameSizes {
    /// Bytes of RTP payload of each packet of the next frame, in order.
    pub(crate) fn next(
        self,
        frames_per_sec: u32,
        keyframe: bool,
        temporal: u8,
        random: &mut fastrand::Rng,
    ) -> Vec<usize> {
        match self {
            Self::Even {
                packets,
                packet_bytes,
            } => {
                let bytes = packet_bytes.clamp(LEAST_PACKET_BYTES, 1200);
                (0..packets.max(1)).map(|_| bytes).collect()
            }
            Self::Spread { bits_per_sec } => {
                let mean = mean_bytes(bits_per_sec, frames_per_sec);
                let factor = if keyframe {
                    KEYFRAME_FACTOR
                } else {
                    TEMPORAL_FACTORS
                        .get(usize::from(temporal))
                        .copied()
                        .unwrap_or(1.0)
                };
                split(mean * factor * spread(random))
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "bit rates are far below 2^52")]
fn mean_bytes(bits_per_sec: u64, frames_per_sec: u32) -> f64 {
    bits_per_sec as f64 / 8.0 / f64::from(frames_per_sec.max(1))
}

/// A factor around 1: the sum of four draws is bell-shaped, its exponential has the long upper tail of real
/// frame sizes.
fn spread(random: &mut fastrand::Rng) -> f64 {
    let sum: f64 = (0..4).map(|_| random.f64() - 0.5).sum();
    (0.6 * sum).exp()
}

/// Nearly equal packets, as Chromium's packetizer makes them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 to 1 MB"
)]
fn split(bytes: f64) -> Vec<usize> {
    let bytes = bytes.clamp(0.0, 1e6) as usize;
    let packets = bytes.div_ceil(MOST_PACKET_BYTES).max(1);
    (0..packets)
        .map(|packet| (bytes + packet) / packets)
        .map(|bytes| bytes.max(LEAST_PACKET_BYTES))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_kept_and_sizes_vary() {
        let mut random = fastrand::Rng::with_seed(3);
        let sizes = FrameSizes::Spread {
            bits_per_sec: 800_000,
        };
        let frames: Vec<usize> = (0..3000)
            .map(|_| sizes.next(30, false, 1, &mut random).iter().sum())
            .collect();
        let mean = frames.iter().sum::<usize>() / frames.len();
        assert!((3_000..4_000).contains(&mean), "mean {mean}");
        let least = frames.iter().min().expect("some");
        let most = frames.iter().max().expect("some");
        assert!(most / least >= 4, "{least} to {most}");
        let keyframe: usize = sizes.next(30, true, 0, &mut random).iter().sum();
        assert!(keyframe > 2 * mean, "keyframe {keyframe}");
    }

    #[test]
    fn packets_of_a_frame_are_nearly_equal() {
        let packets = split(5_000.0);
        assert_eq!(packets.len(), 5);
        assert_eq!(packets.iter().sum::<usize>(), 5_000);
        assert_eq!(split(10.0), [LEAST_PACKET_BYTES]);
    }
}
