use greenroom_headless::{Audio, Client, Setup, Video};

use super::*;
use crate::test_start::start;

const SEAT: Seat = Seat {
    peer: PeerId(1),
    shard: 1,
};

/// Draws the same bytes each time but for a counter, which is all that these tests need.
#[derive(Default)]
struct Counting(std::sync::atomic::AtomicU8);

impl Entropy for Counting {
    fn fill(&self, out: &mut [u8]) {
        let round = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for (byte, value) in out.iter_mut().zip(0_u8..) {
            *byte = value.wrapping_mul(7).wrapping_add(round);
        }
    }
}

fn negotiator(now: Instant) -> Negotiator {
    let shard = |port: u16| ShardAddresses {
        udp: vec![
            SocketAddr::from(([192, 0, 2, 1], port)),
            SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], port)),
        ],
        tcp: vec![SocketAddr::from(([192, 0, 2, 1], 443))],
    };
    Negotiator::new(&[shard(5_000), shard(5_001)], now).unwrap()
}

fn setup(now: Instant) -> Setup {
    Setup {
        now,
        epoch: now,
        local: SocketAddr::from(([192, 0, 2, 9], 4_000)),
        seed: 1,
    }
}

fn silence() -> Audio {
    let packet: Arc<[u8]> = vec![1; 10].into();
    Audio {
        packets: vec![packet].into(),
        level: 127,
        on: true,
    }
}

/// The video part of a browser's offer with these payloads, in their order.
fn offer_with(payloads: &[(u8, &str, &str)]) -> String {
    use std::fmt::Write;
    let numbers: Vec<String> = payloads.iter().map(|(pt, ..)| pt.to_string()).collect();
    let mut sdp = format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
         m=video 9 UDP/TLS/RTP/SAVPF {}\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
         a=candidate:1 1 udp 2122260223 0f3b1d1e.local 53421 typ host\r\n\
         a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=ice-options:trickle\r\n\
         a=fingerprint:sha-256 {}\r\na=setup:actpass\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\n",
        numbers.join(" "),
        ["AB"; 32].join(":"),
    );
    for (pt, encoding, fmtp) in payloads {
        write!(sdp, "a=rtpmap:{pt} {encoding}/90000\r\n").unwrap();
        if !fmtp.is_empty() {
            write!(sdp, "a=fmtp:{pt} {fmtp}\r\n").unwrap();
        }
    }
    sdp.push_str("a=ssrc:1234 cname:x\r\n");
    sdp
}

fn is_send_and_sync<T: Send + Sync>() {}
fn is_send<T: Send>() {}

#[test]
fn connections_can_be_made_by_any_thread_and_moved() {
    is_send_and_sync::<Negotiator>();
    is_send::<NewPeer>();
    is_send::<PendingPeer>();
    is_send::<crate::Command>();
    is_send::<crate::Shard>();
}

#[test]
fn a_publisher_is_answered_with_what_was_agreed_on() {
    let now = start();
    let negotiator = negotiator(now);
    let (_, offer) =
        Client::publisher(&setup(now), Some(silence()), Some(Video::simulcast())).unwrap();
    let (peer, answer, tracks) = negotiator
        .answer_publisher(
            now,
            &Counting::default(),
            SEAT,
            &offer,
            PublisherSettings::OPEN,
        )
        .unwrap();
    assert_eq!(peer.id(), PeerId(1));
    assert_eq!(tracks.audio.unwrap().codec, "opus");
    let video = tracks.video.unwrap();
    assert_eq!((video.codec, video.simulcast), ("vp8", true));
    for line in [
        "a=ice-lite",
        "a=simulcast:recv h;m;l",
        "a=recvonly",
        "192.0.2.1 5001 typ host",
        "2001:db8::1 5001 typ host",
        "192.0.2.1 443 typ host tcptype passive",
    ] {
        assert!(answer.contains(line), "{line} in {answer}");
    }
    assert!(!answer.contains("sendrecv"), "{answer}");
    assert!(!answer.contains("5000"), "another shard's: {answer}");
}

#[test]
fn the_best_format_of_an_offer_is_taken_and_offered_on() {
    let now = start();
    let negotiator = negotiator(now);
    let h264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
    let high = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f";
    for (payloads, codec, format) in [
        (vec![(102, "H264", h264), (96, "VP8", "")], "vp8", ""),
        (vec![(104, "H264", high), (102, "H264", h264)], "h264", h264),
        (vec![(104, "H264", high)], "h264", high),
        (vec![(98, "VP9", "profile-id=0")], "vp9", "profile-id=0"),
        (
            vec![(45, "AV1", "level-idx=5;profile=0;tier=0")],
            "av1",
            "profile=0;level-idx=5;tier=0",
        ),
    ] {
        let offer = offer_with(&payloads);
        let (_, answer, tracks) = negotiator
            .answer_publisher(
                now,
                &Counting::default(),
                SEAT,
                &offer,
                PublisherSettings::OPEN,
            )
            .unwrap();
        let video = tracks.video.clone().unwrap();
        assert_eq!((video.codec, video.format.as_str()), (codec, format));
        assert!(!video.simulcast);
        assert_eq!(answer.matches("/90000").count(), 1, "one format: {answer}");
        let feeds = [(PeerId(1), tracks)];
        let (_, offer) = negotiator
            .offer_subscriber(
                now,
                &Counting::default(),
                SEAT,
                &feeds,
                SubscriberSettings::ALL,
            )
            .unwrap();
        let encoding = format!("a=rtpmap:96 {}/90000", codec.to_uppercase());
        assert!(offer.contains(&encoding), "{offer}");
        assert!(
            format.is_empty() || offer.contains(&format!("a=fmtp:96 {format}")),
            "{offer}"
        );
    }
}

#[test]
fn a_subscriber_is_offered_audio_and_then_video_as_janus_names_them() {
    let now = start();
    let negotiator = negotiator(now);
    let (_, offer) =
        Client::publisher(&setup(now), Some(silence()), Some(Video::single(1))).unwrap();
    let (_, _, tracks) = negotiator
        .answer_publisher(
            now,
            &Counting::default(),
            SEAT,
            &offer,
            PublisherSettings::OPEN,
        )
        .unwrap();
    let (pending, offer) = negotiator
        .offer_subscriber(
            now,
            &Counting::default(),
            SEAT,
            &[(PeerId(1), tracks)],
            SubscriberSettings::ALL,
        )
        .unwrap();
    let audio = offer.find("m=audio").unwrap();
    let video = offer.find("m=video").unwrap();
    assert!(audio < video);
    for line in [
        "a=msid:janus janus0\r\n",
        "a=msid:janus janus1\r\n",
        "a=setup:actpass",
    ] {
        assert!(offer.contains(line), "{line} in {offer}");
    }
    assert_eq!(offer.matches("a=sendonly").count(), 2);
    assert!(
        !offer.contains("transport-wide-cc"),
        "nothing to choose: {offer}"
    );
    let (_, answer) = Client::subscriber(&setup(now), &offer).unwrap();
    let peer = pending.accept_answer(&answer).unwrap();
    let NewRole::Subscriber { feeds, adapts, .. } = peer.role else {
        panic!("a subscriber");
    };
    assert!(!adapts);
    assert!(
        feeds
            .iter()
            .all(|feed| feed.audio.is_some() && feed.video.is_some())
    );
}

#[test]
fn a_leg_is_answered_in_both_directions_and_text_gets_an_application_line() {
    let now = start();
    let negotiator = negotiator(now);
    let (_, offer) = Client::mix_leg(&setup(now), silence(), false).unwrap();
    let settings = MixLegSettings { muted: false };
    let (_, answer) = negotiator
        .answer_mix_leg(now, &Counting::default(), SEAT, &offer, settings)
        .unwrap();
    assert!(answer.contains("a=sendrecv"), "{answer}");
    assert_eq!(answer.matches("a=rtpmap").count(), 1, "{answer}");

    let (pending, offer) = negotiator
        .offer_text(now, &Counting::default(), SEAT)
        .unwrap();
    assert!(offer.contains("m=application 9 UDP/DTLS/SCTP webrtc-datachannel"));
    let (_, answer) = Client::text(&setup(now), &offer).unwrap();
    pending.accept_answer(&answer).unwrap();
}

#[test]
fn what_cannot_be_used_is_refused() {
    let now = start();
    let negotiator = negotiator(now);
    let publish = |offer: &str| {
        negotiator
            .answer_publisher(
                now,
                &Counting::default(),
                SEAT,
                offer,
                PublisherSettings::OPEN,
            )
            .err()
    };
    assert_eq!(publish(""), Some(NegotiationError::Malformed));
    assert_eq!(
        publish("m=video 9\r\na=rtpmap:96 VP8/90000"),
        Some(NegotiationError::Malformed)
    );
    let h263 = offer_with(&[(96, "H263", "")]);
    assert_eq!(publish(&h263), Some(NegotiationError::NothingUsable));
    let recvonly = offer_with(&[(96, "VP8", "")]).replace("sendonly", "recvonly");
    assert_eq!(publish(&recvonly), Some(NegotiationError::NothingUsable));

    let (pending, _) = negotiator
        .offer_text(now, &Counting::default(), SEAT)
        .unwrap();
    let answer = offer_with(&[(96, "VP8", "")]);
    assert!(pending.accept_answer(&answer).is_err());
    let nowhere = Seat { shard: 2, ..SEAT };
    let refused = negotiator
        .offer_text(now, &Counting::default(), nowhere)
        .err();
    assert_eq!(refused, Some(NegotiationError::Unavailable));
    assert_eq!(
        Negotiator::new(&[], now).err(),
        Some(NegotiatorError::Shards(0))
    );
    let unreachable = ShardAddresses {
        udp: vec!["0.0.0.0:1".parse().unwrap()],
        tcp: Vec::new(),
    };
    assert!(matches!(
        Negotiator::new(&[unreachable], now),
        Err(NegotiatorError::Address(_))
    ));
}
