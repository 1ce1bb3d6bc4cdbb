use greenroom_media::PeerReport;

use super::*;

fn report(peer: u64, millis: u64, media: MediaReport) -> (PeerId, PeerReport) {
    let rtt = (millis > 0).then_some(Duration::from_millis(millis));
    (PeerId(peer), PeerReport { rtt, media })
}

fn sends(bitrate_bps: u64, loss_permille: u32) -> MediaReport {
    MediaReport::Publisher {
        bitrate_bps,
        loss_permille,
        layers: vec![LayerQuality {
            rid: None,
            bitrate_bps,
            is_active: bitrate_bps > 0,
        }],
    }
}

fn is_sent(
    bitrate_bps: u64,
    available_bps: Option<u64>,
    loss_permille: Option<u32>,
) -> MediaReport {
    MediaReport::Subscriber {
        streams: 1,
        bitrate_bps,
        available_bps,
        loss_permille,
        reduced: 0,
    }
}

fn mixes(loss_in_permille: u32, loss_out_permille: Option<u32>) -> MediaReport {
    MediaReport::MixLeg {
        bitrate_in_bps: 30_000,
        bitrate_out_bps: 40_000,
        loss_in_permille,
        loss_out_permille,
    }
}

/// Somebody with a stream (1), subscriptions (2 and 3) and a leg of the mix (4).
fn ann() -> Attendance {
    Attendance {
        participant: ParticipantId::from_uuid(uuid::Uuid::from_u128(7)),
        context: Some("Ann".to_owned()),
        legs: vec![LegSeen {
            peer: PeerId(4),
            muted: false,
            talking: true,
        }],
        streams: vec![StreamSeen {
            peer: PeerId(1),
            key: "self".to_owned(),
            audio: false,
            video: true,
            muted: false,
            codec: "vp8",
        }],
        subscriptions: vec![PeerId(2), PeerId(3)],
    }
}

#[test]
fn what_was_measured_is_joined_with_who_it_is_of() {
    let fares = RoomReport::from([
        report(1, 90, sends(800_000, 3)),
        report(2, 40, is_sent(500_000, Some(2_000_000), Some(12))),
        report(3, 0, is_sent(250_000, Some(900_000), None)),
        report(4, 60, mixes(2, Some(15))),
        report(99, 900, sends(1, 1_000)),
    ]);
    let ann = PersonQuality::new(&ann(), &fares);
    assert_eq!(ann.context.as_deref(), Some("Ann"));
    assert_eq!(ann.quality, Quality::Good);
    assert_eq!(ann.rtt, Some(Duration::from_millis(60)));
    let [stream] = ann.published.as_slice() else {
        panic!("{:?}", ann.published)
    };
    assert_eq!((stream.key.as_str(), stream.codec), ("self", "vp8"));
    assert_eq!((stream.bitrate_bps, stream.loss_permille), (800_000, 3));
    assert_eq!(stream.layers.len(), 1);
    let received = ReceivedQuality {
        streams: 2,
        bitrate_bps: 750_000,
        available_bps: Some(900_000),
        loss_permille: Some(12),
        reduced: 0,
    };
    assert_eq!(ann.received, received);
    let mixed = MixedQuality {
        bitrate_in_bps: 30_000,
        bitrate_out_bps: 40_000,
        loss_permille: 15,
        muted: false,
        talking: true,
    };
    assert_eq!(ann.mixed_audio, mixed);
}

#[test]
fn any_connection_can_spoil_it() {
    for (spoilt, quality) in [
        (report(1, 60, sends(800_000, 50)), Quality::Fair),
        (report(1, 60, sends(800_000, 500)), Quality::Poor),
        (report(1, 60, sends(0, 500)), Quality::Good),
        (report(2, 60, is_sent(1, None, Some(90))), Quality::Poor),
        (report(4, 60, mixes(30, None)), Quality::Fair),
        (report(4, 60, mixes(0, Some(100))), Quality::Poor),
    ] {
        let mut fares = RoomReport::from([
            report(1, 60, sends(800_000, 0)),
            report(2, 60, is_sent(500_000, None, Some(0))),
            report(4, 60, mixes(0, Some(0))),
        ]);
        fares.extend([spoilt.clone()]);
        assert_eq!(
            PersonQuality::new(&ann(), &fares).quality,
            quality,
            "{spoilt:?}"
        );
    }
}

#[test]
fn without_figures_there_is_the_person_all_the_same() {
    let ann = PersonQuality::new(&ann(), &RoomReport::new());
    assert_eq!((ann.quality, ann.rtt), (Quality::Unknown, None));
    assert_eq!(ann.published[0].bitrate_bps, 0);
    assert_eq!(ann.received, ReceivedQuality::default());
    assert!(ann.mixed_audio.talking);
    let text = RoomReport::from([report(4, 0, MediaReport::Text)]);
    let lurker = Attendance {
        streams: Vec::new(),
        ..self::ann()
    };
    let lurker = PersonQuality::new(&lurker, &text);
    assert_eq!(lurker.quality, Quality::Unknown);
}
