//! The VP8 payload descriptor (RFC 7741 section 4.2) and the start of a frame (RFC 6386 section 9.1).

use crate::stamp::Stamp;

/// Descriptor with 15-bit picture id, TL0PICIDX and temporal layer, as Chromium writes it.
pub(crate) const DESCRIPTOR_LEN: usize = 6;
/// Frame tag, start code and size of a keyframe. Other frames, and the packets behind the first, are
/// filled up to the same place, so the stamp always stands there.
pub(crate) const FRAME_HEADER_LEN: usize = 10;
/// Picture ids count to 2^15.
pub(crate) const PICTURE_IDS: u16 = 0x8000;

/// What a payload descriptor says, and how the frame starts.
#[expect(clippy::struct_excessive_bools, reason = "the flags of the wire")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Descriptor {
    /// First packet of its frame.
    pub(crate) start: bool,
    /// Of a keyframe; told by the first packet of a frame only.
    pub(crate) keyframe: bool,
    /// No later frame needs this one.
    pub(crate) discardable: bool,
    pub(crate) picture_id: u16,
    pub(crate) tl0_pic_idx: u8,
    pub(crate) temporal: u8,
    /// Needs nothing but frames of temporal layer 0.
    pub(crate) sync: bool,
}

impl Descriptor {
    /// A payload of that many bytes: descriptor, frame header, stamp, and filling.
    pub(crate) fn payload(self, size: (u16, u16), stamp: Stamp, bytes: usize) -> Vec<u8> {
        let least = DESCRIPTOR_LEN + FRAME_HEADER_LEN + Stamp::LEN;
        let mut payload = Vec::with_capacity(bytes.max(least));
        let start = if self.start { 0x10 } else { 0 };
        let discardable = if self.discardable { 0x20 } else { 0 };
        let sync = if self.sync { 0x20 } else { 0 };
        let [id_high, id_low] = (self.picture_id | PICTURE_IDS).to_be_bytes();
        payload.extend([0x80 | discardable | start, 0xe0, id_high, id_low]);
        payload.extend([self.tl0_pic_idx, self.temporal << 6 | sync]);
        if self.start && self.keyframe {
            payload.extend([0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a]);
            payload.extend(size.0.to_le_bytes());
            payload.extend(size.1.to_le_bytes());
        } else if self.start {
            payload.extend([0x11, 0x02, 0x00]);
        }
        payload.resize(DESCRIPTOR_LEN + FRAME_HEADER_LEN, 0);
        payload.extend(stamp.to_bytes());
        payload.resize(bytes.max(least), 0x55);
        payload
    }

    /// Reads a payload, with its stamp if it carries one.
    pub(crate) fn parse(payload: &[u8]) -> Option<(Self, Option<Stamp>)> {
        let mut bytes = payload.iter();
        let first = *bytes.next()?;
        let flags = if first & 0x80 != 0 { *bytes.next()? } else { 0 };
        let mut picture_id = 0;
        if flags & 0x80 != 0 {
            picture_id = u16::from(*bytes.next()?);
            if picture_id & 0x80 != 0 {
                picture_id = (picture_id & 0x7f) << 8 | u16::from(*bytes.next()?);
            }
        }
        let tl0_pic_idx = if flags & 0x40 != 0 { *bytes.next()? } else { 0 };
        let layer = if flags & 0x30 != 0 { *bytes.next()? } else { 0 };
        let start = first & 0x17 == 0x10;
        let body = bytes.as_slice();
        let stamp = body.get(FRAME_HEADER_LEN..).and_then(Stamp::parse);
        let descriptor = Self {
            start,
            keyframe: start && body.first()? & 1 == 0,
            discardable: first & 0x20 != 0,
            picture_id,
            tl0_pic_idx,
            temporal: layer >> 6,
            sync: layer & 0x20 != 0,
        };
        Some((descriptor, stamp))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp {
        layer: 1,
        frame: 2,
        packet: 3,
        sent_micros: 4,
    };

    #[test]
    fn what_is_written_is_read() {
        for (start, keyframe) in [(true, true), (true, false), (false, false)] {
            let descriptor = Descriptor {
                start,
                keyframe,
                discardable: !keyframe,
                picture_id: 0x7ffe,
                tl0_pic_idx: 200,
                temporal: 2,
                sync: true,
            };
            let payload = descriptor.payload((640, 360), STAMP, 500);
            assert_eq!(payload.len(), 500);
            assert_eq!(Descriptor::parse(&payload), Some((descriptor, Some(STAMP))));
            assert_eq!(
                str0m::format::detect_vp8_keyframe(&payload),
                keyframe,
                "start {start}"
            );
        }
    }

    #[test]
    fn cut_off_payloads_are_refused() {
        let descriptor = Descriptor {
            start: true,
            keyframe: true,
            discardable: false,
            picture_id: 1,
            tl0_pic_idx: 1,
            temporal: 0,
            sync: false,
        };
        let payload = descriptor.payload((640, 360), STAMP, 40);
        for len in 0..=DESCRIPTOR_LEN {
            assert_eq!(Descriptor::parse(&payload[..len]), None, "{len} bytes");
        }
    }
}
