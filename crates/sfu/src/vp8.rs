//! The VP8 payload descriptor (RFC 7741 section 4.2): temporal layers, and picture numbers that go
//! on when the source changes.

use std::collections::VecDeque;

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

/// Pictures left out that are remembered, for packets that come late.
const LEFT_OUT_MAX: usize = 64;

/// Numbers pictures of one outgoing stream: the picture id (15 bits) and the index of the lowest
/// temporal layer (8 bits) go on from source to source, and close the gaps of pictures left out; a
/// decoder would wait for those.
#[derive(Debug, Default)]
pub(crate) struct PictureNumbering {
    source: Option<Source>,
    /// The highest that were written.
    last: Option<(u16, u8)>,
}

#[derive(Debug)]
struct Source {
    picture: u16,
    base_layer: u8,
    /// The highest picture that came.
    highest: u16,
    /// Pictures left out, oldest first.
    left_out: VecDeque<u16>,
    left_out_count: u16,
}

const PICTURE_MASK: u16 = 0x7fff;

/// Whether a picture comes after another, as numbers that wrap go.
fn is_after(picture: u16, other: u16) -> bool {
    picture != other && picture.wrapping_sub(other) & PICTURE_MASK < 1 << 14
}

impl PictureNumbering {
    /// What comes next is of another source.
    pub(crate) fn interrupt(&mut self) {
        self.source = None;
    }

    /// A picture is left out: those after it close the gap.
    pub(crate) fn leave_out(&mut self, packet: &Vp8) {
        let Some((source, picture)) = self.source.as_mut().zip(packet.descriptor.picture_id())
        else {
            return;
        };
        if !is_after(picture, source.highest) {
            return;
        }
        source.highest = picture;
        source.left_out_count = source.left_out_count.wrapping_add(1);
        source.left_out.push_back(picture);
        if source.left_out.len() > LEFT_OUT_MAX {
            source.left_out.pop_front();
        }
    }

    /// What has to be written into the descriptor; `None` if nothing.
    pub(crate) fn patch(&mut self, packet: &Vp8) -> Option<Vp8Patch> {
        let picture = packet.descriptor.picture_id()?;
        let base_layer = packet.descriptor.tl0_pic_idx();
        let last = self.last;
        let source = self
            .source
            .get_or_insert_with(|| Source::new(last, picture, base_layer));
        if is_after(picture, source.highest) {
            source.highest = picture;
        }
        let later = source.left_out.iter().rev();
        let later = later
            .take_while(|left_out| is_after(**left_out, picture))
            .count();
        let earlier = source
            .left_out_count
            .wrapping_sub(u16::try_from(later).unwrap_or_default());
        let picture = picture.wrapping_add(source.picture).wrapping_sub(earlier) & PICTURE_MASK;
        let base_layer = base_layer.map(|index| index.wrapping_add(source.base_layer));
        if self.last.is_none_or(|(last, _)| is_after(picture, last)) {
            let (_, last_base_layer) = self.last.unwrap_or_default();
            self.last = Some((picture, base_layer.unwrap_or(last_base_layer)));
        }
        let mut patch = packet.descriptor.patch().picture_id(picture);
        if let Some(base_layer) = base_layer {
            patch = patch.tl0_pic_idx(base_layer);
        }
        // A picture id of 7 bits has no room for ours, and then is left as it is.
        patch.build().ok()
    }
}

impl Source {
    fn new(last: Option<(u16, u8)>, picture: u16, base_layer: Option<u8>) -> Self {
        let (to_picture, to_base_layer) = match last {
            None => (0, 0),
            Some((last_picture, last_base_layer)) => (
                last_picture.wrapping_add(1).wrapping_sub(picture),
                last_base_layer
                    .wrapping_add(1)
                    .wrapping_sub(base_layer.unwrap_or_default()),
            ),
        };
        Self {
            picture: to_picture,
            base_layer: to_base_layer,
            highest: picture,
            left_out: VecDeque::new(),
            left_out_count: 0,
        }
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
    fn pictures_left_out_leave_no_gap() {
        let mut numbering = PictureNumbering::default();
        patched(&mut numbering, &packet(0x7ffd, 0, 0, false));
        for picture in [0x7ffe, 0x7ffe, 0] {
            numbering.leave_out(&Vp8::parse(&packet(picture, 0, 2, false)).unwrap());
        }
        assert_eq!(patched(&mut numbering, &packet(1, 1, 0, false)).0, 0x7fff);
        assert_eq!(
            patched(&mut numbering, &packet(0x7fff, 0, 1, false)).0,
            0x7ffe
        );
        numbering.interrupt();
        assert_eq!(patched(&mut numbering, &packet(9, 5, 0, false)), (0, 2));
    }

    proptest::proptest! {
        /// Whatever a publisher sends, nothing here falls over it.
        #[test]
        fn any_payload_is_taken(
            payloads in proptest::collection::vec(proptest::collection::vec(0_u8.., 0..12), 1..40),
        ) {
            let mut numbering = PictureNumbering::default();
            for (turn, payload) in payloads.iter().enumerate() {
                if let Some(parsed) = Vp8::parse(payload) {
                    match turn % 5 {
                        0 => numbering.interrupt(),
                        1 => numbering.leave_out(&parsed),
                        _ => drop(numbering.patch(&parsed)),
                    }
                }
            }
        }
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
