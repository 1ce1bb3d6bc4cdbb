use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::Candidate;
use str0m::channel::ChannelConfig;

use super::*;
use crate::audio::Audio;
use crate::output::Kind;
use crate::setup::Setup;
use crate::video::Video;

const DELAY: Duration = Duration::from_millis(5);

/// Two clients and a wire between them on which every packet takes [`DELAY`].
struct Wire {
    clients: Vec<Client>,
    under_way: Vec<(Instant, usize, Vec<u8>)>,
    events: [Vec<Event>; 2],
    now: Instant,
    /// Every so-manieth datagram to the second client is lost.
    lost_each: Option<u64>,
    passed: u64,
}

impl Wire {
    fn new(now: Instant, clients: Vec<Client>) -> Self {
        Self {
            clients,
            under_way: Vec::new(),
            events: [Vec::new(), Vec::new()],
            now,
            lost_each: None,
            passed: 0,
        }
    }

    fn collect(&mut self) {
        for index in 0..2 {
            while let Some(output) = self.clients[index].poll_output() {
                match output {
                    Output::Transmit(transmit) => {
                        self.passed += 1;
                        let lost = self
                            .lost_each
                            .is_some_and(|each| index == 0 && self.passed.is_multiple_of(each));
                        if !lost {
                            let at = self.now + DELAY;
                            self.under_way.push((at, 1 - index, transmit.contents));
                        }
                    }
                    Output::Event(event) => self.events[index].push(event),
                }
            }
        }
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        self.collect();
        loop {
            let timers = self.clients.iter().map(Client::deadline);
            let arrivals = self.under_way.iter().map(|(at, ..)| *at);
            let next = timers.chain(arrivals).min().unwrap_or(end);
            if next > end {
                self.now = end;
                return;
            }
            self.now = self.now.max(next);
            let now = self.now;
            let (due, later) = self.under_way.drain(..).partition(|(at, ..)| *at <= now);
            self.under_way = later;
            for (_, to, contents) in due {
                let source = address(1 - to);
                self.clients[to].handle_datagram(now, source, &contents);
            }
            for client in &mut self.clients {
                if client.deadline() <= now {
                    client.handle_timeout(now);
                }
            }
            self.collect();
        }
    }
}

fn address(index: usize) -> SocketAddr {
    let port = 5000 + u16::try_from(index).expect("two");
    SocketAddr::from((Ipv4Addr::new(10, 0, 0, 1), port))
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the test's own time begins"
)]
fn start() -> Instant {
    Instant::now()
}

fn setup(now: Instant, index: usize) -> Setup {
    Setup {
        now,
        epoch: now,
        local: address(index),
        seed: 7 + index as u64,
    }
}

fn tone() -> Audio {
    Audio {
        packets: Arc::new([Arc::from([0xfc, 1, 2, 3]), Arc::from([0xfc, 4, 5])]),
        level: 20,
        on: true,
    }
}

/// A publisher and a subscriber to its own offer.
fn connected(now: Instant, audio: Option<Audio>, video: Option<Video>) -> Wire {
    let (mut publisher, offer) = Client::publisher(&setup(now, 0), audio, video).expect("offer");
    let (subscriber, answer) = Client::subscriber(&setup(now, 1), &offer).expect("answer");
    publisher.accept_answer(now, &answer).expect("accepted");
    Wire::new(now, vec![publisher, subscriber])
}

fn track(client: &Client, kind: Kind) -> &TrackReport {
    let mut tracks = client.tracks().filter(|track| track.kind == kind);
    let track = tracks.next().expect("a track");
    assert!(tracks.next().is_none(), "one track of a kind");
    track
}

#[test]
fn publishes_to_a_subscriber() {
    let now = start();
    let mut wire = connected(now, Some(tone()), Some(Video::single(800_000)));
    wire.run(Duration::from_secs(5));
    let [publisher, subscriber] = wire.clients.as_slice() else {
        unreachable!("a wire has two ends")
    };
    assert!(publisher.is_connected() && subscriber.is_connected());

    let video = track(subscriber, Kind::Video);
    assert!(video.video.decodable);
    assert!(
        (140..=150).contains(&video.video.frames_decoded),
        "{video:?}"
    );
    // The first may be sent before the subscriber has the keys; then it asks for another.
    assert!(
        (1..=2).contains(&video.video.keyframes_decoded),
        "{video:?}"
    );
    assert_eq!((video.missing, video.duplicates, video.late), (0, 0, 0));
    assert_eq!(video.video.time_went_back, 0);
    assert!(publisher.video_sent() - video.packets < 8);
    let median = video.delays.per_mille(500).expect("stamped");
    assert!((5_000..5_200).contains(&median), "{median} µs");

    let audio = track(subscriber, Kind::Audio);
    assert!((240..=250).contains(&audio.packets), "{audio:?}");
    assert_eq!(audio.missing, 0);
}

#[test]
fn resends_repair_what_is_lost() {
    let now = start();
    let mut wire = connected(now, None, Some(Video::single(800_000)));
    wire.run(Duration::from_secs(1));
    wire.lost_each = Some(20);
    wire.run(Duration::from_secs(10));
    wire.lost_each = None;
    wire.run(Duration::from_secs(2));
    let video = track(&wire.clients[1], Kind::Video);
    assert!(video.late > 20, "{video:?}");
    assert_eq!(video.missing, 0, "{video:?}");
    assert_eq!(video.video.freezes, 0, "{video:?}");
    assert!(video.video.frames_decoded > 380, "{video:?}");
}

#[test]
fn a_keyframe_request_makes_one_and_they_are_spaced() {
    let now = start();
    let mut wire = connected(now, None, Some(Video::single(300_000)));
    wire.run(Duration::from_secs(1));
    for _ in 0..4 {
        let now = wire.now;
        wire.clients[1].request_keyframes(now);
        wire.run(Duration::from_millis(100));
    }
    wire.run(Duration::from_secs(1));
    let asked = |event: &&Event| matches!(event, Event::KeyframeAsked(None));
    let asked = wire.events[0].iter().filter(asked).count();
    assert!(asked >= 2, "{asked} requests");
    let video = track(&wire.clients[1], Kind::Video).video;
    assert!(
        (2..=3).contains(&(video.keyframes_decoded - 1)),
        "{video:?}"
    );
    assert_eq!(video.keyframe_id_jumps, 0);
}

#[test]
fn simulcast_is_offered_without_ssrcs_and_arrives_in_layers() {
    let now = start();
    let mut wire = connected(now, None, Some(Video::simulcast()));
    wire.run(Duration::from_secs(3));
    assert!(wire.clients[0].set_layer("m", false));
    assert!(!wire.clients[0].set_layer("x", false));
    wire.run(Duration::from_secs(1));
    let mut rids: Vec<_> = wire.clients[1]
        .tracks()
        .map(|track| (track.rid.clone(), track.video.frames_decoded))
        .collect();
    rids.sort();
    let [(h, h_frames), (l, l_frames), (m, m_frames)] = rids.as_slice() else {
        panic!("three layers: {rids:?}");
    };
    assert_eq!(
        [h, l, m].map(|rid| rid.as_deref()),
        [Some("h"), Some("l"), Some("m")]
    );
    assert!(*h_frames > 110 && *l_frames > 110, "{rids:?}");
    assert!((80..95).contains(m_frames), "{rids:?}");

    let (_, offer) =
        Client::publisher(&setup(now, 0), None, Some(Video::simulcast())).expect("offer");
    assert!(!offer.contains("a=ssrc"), "{offer}");
    assert!(offer.contains("a=simulcast:send h;m;l"), "{offer}");
}

#[test]
fn the_same_seed_makes_the_same_stream() {
    let now = start();
    let highest = || {
        let mut wire = connected(now, Some(tone()), Some(Video::single(500_000)));
        wire.run(Duration::from_secs(2));
        let video = track(&wire.clients[1], Kind::Video);
        (video.highest, video.bytes)
    };
    assert_eq!(highest(), highest());
}

#[test]
fn muted_audio_sends_nothing_and_comes_back_as_a_spurt() {
    let now = start();
    let (mut leg, offer) = Client::mix_leg(&setup(now, 0), tone(), true).expect("offer");
    let (mut other, answer) = Client::subscriber(&setup(now, 1), &offer).expect("answer");
    other.hears = true;
    leg.accept_answer(now, &answer).expect("accepted");
    let mut wire = Wire::new(now, vec![leg, other]);
    wire.run(Duration::from_secs(1));
    wire.clients[0].set_audio(false);
    wire.run(Duration::from_secs(1));
    let before = track(&wire.clients[1], Kind::Audio).packets;
    wire.run(Duration::from_secs(1));
    assert_eq!(track(&wire.clients[1], Kind::Audio).packets, before);
    wire.clients[0].set_audio(true);
    wire.run(Duration::from_secs(1));
    let heard: Vec<_> = wire.events[1]
        .iter()
        .filter_map(|event| {
            let Event::Audio(packet) = event else {
                return None;
            };
            Some(packet)
        })
        .collect();
    assert!(heard.len() > 90, "{}", heard.len());
    assert_eq!(heard.iter().filter(|packet| packet.marker).count(), 2);
    assert!(heard.iter().all(|packet| packet.level == Some(20)));
    let first = heard.first().expect("some");
    let last = heard.last().expect("some");
    assert!(
        last.rtp_time - first.rtp_time > 3 * 48_000,
        "time goes on in silence"
    );
    assert_eq!(last.sequence - first.sequence + 1, heard.len() as u64);
}

#[test]
fn closing_tells_the_other_side() {
    let now = start();
    let mut wire = connected(now, Some(tone()), None);
    wire.run(Duration::from_secs(1));
    let now = wire.now;
    wire.clients[1].close(now);
    wire.run(Duration::from_millis(100));
    assert!(!wire.clients[0].is_alive());
    assert!(matches!(wire.events[0].last(), Some(Event::Closed(None))));
}

#[test]
fn garbage_changes_nothing() {
    let now = start();
    let mut wire = connected(now, None, Some(Video::single(500_000)));
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..50 {
        wire.run(Duration::from_millis(20));
        for len in [0, 1, 12, 40, 1500, 3000] {
            let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(len).collect();
            let now = wire.now;
            wire.clients[1].handle_datagram(now, address(0), &bytes);
        }
    }
    assert!(wire.clients[1].is_connected());
    assert!(track(&wire.clients[1], Kind::Video).video.decodable);
    assert!(Client::subscriber(&setup(now, 0), "v=0\r\nnonsense").is_err());
}

/// A server's side of the text room: str0m, with a channel of its own only to get the line offered.
#[test]
fn opens_the_text_channel_in_band() {
    let now = start();
    let mut server = Client::bare(&setup(now, 0)).expect("made");
    let mut changes = server.rtc.sdp_api();
    changes.add_channel_with_config(ChannelConfig {
        negotiated: Some(1000),
        label: "unused".to_owned(),
        ..ChannelConfig::default()
    });
    let (offer, pending) = changes.apply().expect("an offer");
    server.pending = Some(pending);
    let (browser, answer) = Client::text(&setup(now, 1), &offer.to_sdp_string()).expect("answer");
    server.accept_answer(now, &answer).expect("accepted");
    let mut wire = Wire::new(now, vec![server, browser]);
    assert!(!wire.clients[1].send_text(now, "too early"));
    wire.run(Duration::from_secs(1));
    assert!(
        wire.events[1]
            .iter()
            .any(|event| matches!(event, Event::ChannelOpen))
    );

    let now = wire.now;
    let long = "ü".repeat(8_000);
    assert!(wire.clients[1].send_text(now, &long));
    assert!(wire.clients[1].send_text(now, "short"));
    wire.run(Duration::from_secs(1));
    let texts: Vec<_> = wire.events[0]
        .iter()
        .filter_map(|event| {
            let Event::Text(text) = event else {
                return None;
            };
            Some(text.as_str())
        })
        .collect();
    assert!(texts == [long.as_str(), "short"], "{} texts", texts.len());

    let now = wire.now;
    wire.clients[1].close_channel(now);
    wire.run(Duration::from_secs(1));
    assert!(
        wire.events[1]
            .iter()
            .any(|event| matches!(event, Event::ChannelClosed))
    );
}

#[test]
fn addresses_that_are_none_are_refused() {
    let now = start();
    let mut setup = setup(now, 0);
    setup.local = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 4000));
    let made = Client::publisher(&setup, Some(tone()), None);
    assert!(made.is_err() == Candidate::host(setup.local, "udp").is_err());
    let nothing = Client::publisher(&self::setup(now, 0), None, None);
    assert!(matches!(nothing, Err(Error::Nothing)));
}
