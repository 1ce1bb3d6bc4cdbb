//! Synthetic video: what is sent, and how it looks on the wire.

pub(crate) mod decoder;
pub(crate) mod sender;
pub(crate) mod sizes;
pub(crate) mod vp8;

/// Video to send.
#[derive(Debug, Clone)]
pub struct Video {
    /// Frames per second, 1 to 120.
    pub frames_per_sec: u32,
    /// Temporal layers, 1 to 3, as Chromium sends them with simulcast.
    pub temporal_layers: u8,
    /// One layer without a rid, or several with one each, the best first.
    pub layers: Vec<Layer>,
}

/// One encoding of the picture.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Name of the layer (RFC 8851); the browser SDK uses `h`, `m` and `l`.
    pub rid: Option<&'static str>,
    /// Width and height in pixels, told in keyframes.
    pub size: (u16, u16),
    /// How large its frames are.
    pub frames: FrameSizes,
}

/// How large frames are.
#[derive(Debug, Clone, Copy)]
pub enum FrameSizes {
    /// All alike, for measurements: so many packets of so many bytes of payload.
    Even {
        /// Packets of a frame, at least 1.
        packets: u32,
        /// Bytes of RTP payload in each, 40 to 1200.
        packet_bytes: usize,
    },
    /// Spread as an encoder's are: keyframes large, the others around the mean that this rate leaves.
    Spread {
        /// Mean bits per second.
        bits_per_sec: u64,
    },
}

impl Video {
    /// Simulcast as the browser SDK publishes it: `h`, `m` and `l` at 400, 300 and 100 kbit/s, 30 frames per
    /// second, three temporal layers.
    pub fn simulcast() -> Self {
        let layer = |rid, size, kbits: u64| Layer {
            rid: Some(rid),
            size,
            frames: FrameSizes::Spread {
                bits_per_sec: kbits * 1000,
            },
        };
        Self {
            frames_per_sec: 30,
            temporal_layers: 3,
            layers: vec![
                layer("h", (1280, 720), 400),
                layer("m", (640, 360), 300),
                layer("l", (320, 180), 100),
            ],
        }
    }

    /// One layer at that rate, 30 frames per second, as the browser SDK publishes without simulcast.
    pub fn single(bits_per_sec: u64) -> Self {
        Self {
            frames_per_sec: 30,
            temporal_layers: 1,
            layers: vec![Layer {
                rid: None,
                size: (1280, 720),
                frames: FrameSizes::Spread { bits_per_sec },
            }],
        }
    }
}
