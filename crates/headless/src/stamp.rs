//! What a synthetic video packet tells about itself.

/// Marks a payload as one of ours.
const MAGIC: [u8; 4] = *b"GRST";

/// What a synthetic video packet tells about itself, in place of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Place of the layer among the publisher's, from 0.
    pub layer: u8,
    /// Number of the frame in its layer, from 0.
    pub frame: u32,
    /// Number of the packet in its layer, from 0.
    pub packet: u32,
    /// Microseconds from the epoch to the sending.
    pub sent_micros: u64,
}

impl Stamp {
    /// Bytes of a stamp in a payload.
    pub const LEN: usize = 21;

    /// The stamp as it goes into a payload.
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = self.layer;
        bytes[5..9].copy_from_slice(&self.frame.to_be_bytes());
        bytes[9..13].copy_from_slice(&self.packet.to_be_bytes());
        bytes[13..].copy_from_slice(&self.sent_micros.to_be_bytes());
        bytes
    }

    /// The stamp at the start of these bytes.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let (layer, rest) = rest.split_first()?;
        let (frame, rest) = rest.split_first_chunk::<4>()?;
        let (packet, rest) = rest.split_first_chunk::<4>()?;
        let (sent_micros, _) = rest.split_first_chunk::<8>()?;
        (*magic == MAGIC).then(|| Self {
            layer: *layer,
            frame: u32::from_be_bytes(*frame),
            packet: u32::from_be_bytes(*packet),
            sent_micros: u64::from_be_bytes(*sent_micros),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_comes_back_and_nothing_else_is_one() {
        let stamp = Stamp {
            layer: 2,
            frame: 70_000,
            packet: u32::MAX,
            sent_micros: 1 << 40,
        };
        let bytes = stamp.to_bytes();
        assert_eq!(Stamp::parse(&bytes), Some(stamp));
        assert_eq!(Stamp::parse(&bytes[..Stamp::LEN - 1]), None);
        assert_eq!(Stamp::parse(&[0; 40]), None);
    }
}
