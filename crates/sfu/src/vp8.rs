//! The VP8 payload descriptor (RFC 7741 section 4.2): temporal layers, and picture numbers that go
//! on when the source changes.

use str0m::rtp::{Vp8Descriptor, Vp8Patch};

/// What a packet's descriptor says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vp8 {
    descriptor: Vp8Descriptor,
    /// Temporal layer, 0 to 3.
    pub(crate) temporal: u8,
    /// Whether it builds on the lowest layer only, so that its layer may be taken up from here.
    pub(crate) is_sync: bool,
}

impl Vp8 {
    pub(crate) fn parse(payload: &[u8]) -> Option<Self> {
        let descriptor = Vp8Descriptor::parse(payload).ok()?;
        let (temporal, is_sync) = temporal(payload).unwrap_or((0, false));
        Some(Self {
            descriptor,
            temporal,
            is_sync,
        })
    }
}

/// TID and Y; `None` if the descriptor has none.
fn temporal(payload: &[u8]) -> Option<(u8, bool)> {
    const EXTENDED: u8 = 0x80;
    let extensions = payload.get(1).filter(|_| {
        payload
            .first()
            .is_some_and(|required| required & EXTENDED != 0)
    })?;
    let has = |bit: u8| extensions & bit != 0;
    let mut at = 2;
    if has(0x80) {
        let is_long = payload.get(at)? & 0x80 != 0;
        at += if is_long { 2 } else { 1 };
    }
    if has(0x40) {
        at += 1;
    }
    let octet = payload.get(at).filter(|_| has(0x20))?;
    Some((octet >> 6, octet & 0x20 != 0))
}

/// Numbers pictures of one outgoing stream: the picture id (15 bits) and the index of the lowest
/// temporal layer (8 bits) go on from source to source.
#[derive(Debug, Default)]
pub(crate) struct PictureNumbering {
    source: Option<Offsets>,
    last: (u16, u8),
    has_last: bool,
}

#[derive(Debug, Clone, Copy)]
struct Offsets {
    picture: u16,
    base_layer: u8,
}

const PICTURE_MASK: u16 = 0x7fff;

impl PictureNumbering {
    /// What comes next is of another source.
    pub(crate) fn interrupt(&mut self) {
        self.source = None;
    }

    /// What has to be written into the descriptor; `None` if nothing.
    pub(crate) fn patch(&mut self, packet: &Vp8) -> Option<Vp8Patch> {
        let picture = packet.descriptor.picture_id()?;
        let base_layer = packet.descriptor.tl0_pic_idx();
        let offsets = *self.source.get_or_insert_with(|| {
            if !self.has_last {
                return Offsets {
                    picture: 0,
                    base_layer: 0,
                };
            }
            let (last_picture, last_base_layer) = self.last;
            Offsets {
                picture: last_picture.wrapping_add(1).wrapping_sub(picture),
                base_layer: last_base_layer
                    .wrapping_add(1)
                    .wrapping_sub(base_layer.unwrap_or_default()),
            }
        });
        let picture = picture.wrapping_add(offsets.picture) & PICTURE_MASK;
        let base_layer = base_layer.map(|index| index.wrapping_add(offsets.base_layer));
        if !self.has_last || picture.wrapping_sub(self.last.0) & PICTURE_MASK < 1 << 14 {
            self.last = (picture, base_layer.unwrap_or(self.last.1));
            self.has_last = true;
        }
        let mut patch = packet.descriptor.patch().picture_id(picture);
        if let Some(base_layer) = base_layer {
            patch = patch.tl0_pic_idx(base_layer);
        }
        // A picture id of 7 bits has no room for ours, and then is left as it is.
        patch.build().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A descriptor with a picture id of 15 bits, the index of the lowest layer, and TID.
    fn packet(picture: u16, base_layer: u8, temporal: u8, sync: bool) -> Vec<u8> {
        let [high, low] = picture.to_be_bytes();
        let tid = temporal << 6 | u8::from(sync) << 5;
        vec![0x90, 0xe0, 0x80 | high, low, base_layer, tid, 0, 0]
    }

    fn patched(numbering: &mut PictureNumbering, payload: &[u8]) -> (u16, u8) {
        let parsed = Vp8::parse(payload).unwrap();
        let patch = numbering.patch(&parsed).unwrap();
        let shown = format!("{patch:?}");
        let bytes = shown.split("bytes: [").nth(1).unwrap();
        let bytes: Vec<u8> = bytes
            .split([',', ']'])
            .filter_map(|byte| byte.trim().parse().ok())
            .collect();
        (u16::from_be_bytes([bytes[0] & 0x7f, bytes[1]]), bytes[2])
    }

    #[test]
    fn temporal_layers_are_found_in_every_form_of_descriptor() {
        let of = |payload: &[u8]| Vp8::parse(payload).map(|vp8| (vp8.temporal, vp8.is_sync));
        assert_eq!(of(&packet(300, 1, 2, true)), Some((2, true)));
        assert_eq!(of(&[0x90, 0xa0, 0x11, 0x40, 0]), Some((1, false)));
        assert_eq!(of(&[0x90, 0x20, 0x80, 0]), Some((2, false)));
        assert_eq!(of(&[0x90, 0x80, 0x11, 0]), Some((0, false)));
        assert_eq!(of(&[0x10, 0]), Some((0, false)));
        assert_eq!(of(&[0x90, 0xa0]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn numbers_go_on_from_source_to_source() {
        let mut numbering = PictureNumbering::default();
        assert_eq!(
            patched(&mut numbering, &packet(0x7ffe, 255, 0, false)),
            (0x7ffe, 255)
        );
        assert_eq!(
            patched(&mut numbering, &packet(0x7fff, 0, 0, false)),
            (0x7fff, 0)
        );
        numbering.interrupt();
        assert_eq!(patched(&mut numbering, &packet(500, 77, 0, false)), (0, 1));
        assert_eq!(patched(&mut numbering, &packet(502, 78, 0, false)), (2, 2));
        assert_eq!(patched(&mut numbering, &packet(501, 77, 1, false)), (1, 1));
    }

    #[test]
    fn a_short_picture_id_is_left_alone() {
        let mut numbering = PictureNumbering::default();
        let long = Vp8::parse(&packet(400, 3, 0, false)).unwrap();
        assert!(numbering.patch(&long).is_some());
        numbering.interrupt();
        let short = Vp8::parse(&[0x90, 0x80, 0x11, 0]).unwrap();
        assert!(numbering.patch(&short).is_none());
        assert!(
            PictureNumbering::default()
                .patch(&Vp8::parse(&[0x10, 0]).unwrap())
                .is_none()
        );
    }
}
