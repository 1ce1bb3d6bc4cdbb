use std::time::Duration;

use super::*;
use crate::test_start::start;

fn line() -> Line {
    Line {
        mid: "v".into(),
        ssrc: 5.into(),
        payload_type: 96.into(),
    }
}

/// A packet of a layer; a key frame has a payload that begins one.
fn packet(payload: &Arc<[u8]>, layer: usize, epoch: u32, sequence: u64, key: bool) -> Incoming<'_> {
    Incoming {
        stream: Stream { layer, epoch },
        numbers: Numbers {
            sequence,
            time: u32::try_from(sequence * 3_000).unwrap(),
        },
        marker: true,
        arrival: start() + Duration::from_millis(sequence * 33),
        starts_keyframe: key,
        vp8: Vp8::parse(payload),
        extras: Extras::default(),
        payload,
    }
}

fn video() -> Downlink {
    let format = VideoFormat::parse("VP8", "").unwrap();
    Downlink::video(line(), format, None)
}

fn want(downlink: &mut Downlink, layer: Option<usize>) {
    downlink.video_flow_mut().unwrap().want(layer);
}

/// Sequence numbers of what goes out.
fn sent(downlink: &mut Downlink, packets: &[(usize, u32, u64, bool)]) -> Vec<Option<u64>> {
    let payload: Arc<[u8]> = vec![0x90, 0xe0, 0x80, 1, 1, 0, 0, 0].into();
    packets
        .iter()
        .map(|(layer, epoch, sequence, key)| {
            let packet = packet(&payload, *layer, *epoch, *sequence, *key);
            downlink.forward(&packet).map(|write| write.sequence)
        })
        .collect()
}

#[test]
fn video_begins_with_a_key_frame_of_the_layer_that_is_wanted() {
    let mut downlink = video();
    assert_eq!(
        sent(&mut downlink, &[(0, 1, 10, true)]),
        [None],
        "nothing is wanted"
    );
    want(&mut downlink, Some(1));
    let packets = [
        (0, 1, 11, true),
        (1, 1, 500, false),
        (1, 1, 501, true),
        (1, 1, 502, false),
        (1, 1, 500, false),
        (0, 1, 12, true),
    ];
    let expected = [None, None, Some(1_000), Some(1_001), None, None];
    assert_eq!(sent(&mut downlink, &packets), expected);
}

#[test]
fn the_old_layer_goes_on_until_the_new_one_has_a_key_frame() {
    let mut downlink = video();
    want(&mut downlink, Some(0));
    sent(&mut downlink, &[(0, 1, 1, true)]);
    want(&mut downlink, Some(2));
    assert_eq!(downlink.video_flow().unwrap().awaited(), Some(2));
    let packets = [
        (0, 1, 2, false),
        (2, 1, 900, false),
        (0, 1, 3, false),
        (2, 1, 901, true),
        (0, 1, 4, false),
        (2, 1, 902, false),
    ];
    let expected = [
        Some(1_001),
        None,
        Some(1_002),
        Some(1_003),
        None,
        Some(1_004),
    ];
    assert_eq!(sent(&mut downlink, &packets), expected);
    assert_eq!(downlink.video_flow().unwrap().awaited(), None);
}

#[test]
fn a_layer_that_begins_anew_needs_a_key_frame() {
    let mut downlink = video();
    want(&mut downlink, Some(0));
    let packets = [
        (0, 1, 7, true),
        (0, 2, 40_000, false),
        (0, 2, 40_001, true),
        (0, 1, 8, false),
    ];
    let expected = [Some(1_000), None, Some(1_001), None];
    assert_eq!(sent(&mut downlink, &packets), expected);
}

#[test]
fn off_is_at_once_and_on_is_at_a_key_frame() {
    let mut downlink = video();
    want(&mut downlink, Some(0));
    sent(&mut downlink, &[(0, 1, 1, true)]);
    want(&mut downlink, None);
    assert_eq!(sent(&mut downlink, &[(0, 1, 2, true)]), [None]);
    want(&mut downlink, Some(0));
    let packets = [(0, 1, 3, false), (0, 1, 4, true)];
    assert_eq!(sent(&mut downlink, &packets), [None, Some(1_001)]);
}

#[test]
fn audio_goes_on_without_a_gap_from_source_to_source() {
    let mut downlink = Downlink::audio(line(), None);
    assert_eq!(sent(&mut downlink, &[(0, 1, 70, false)]), [Some(1_000)]);
    let Flow::Audio(audio) = &mut downlink.flow else {
        panic!("audio");
    };
    audio.set_on(false);
    assert_eq!(sent(&mut downlink, &[(0, 1, 71, false)]), [None]);
    let Flow::Audio(audio) = &mut downlink.flow else {
        panic!("audio");
    };
    audio.set_on(true);
    let packets = [(0, 1, 80, false), (0, 2, 9_000, false)];
    assert_eq!(sent(&mut downlink, &packets), [Some(1_001), Some(1_002)]);
}
