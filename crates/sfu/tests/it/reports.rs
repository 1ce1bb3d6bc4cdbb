//! How connections fare, as the shard tells it.

use std::sync::Arc;
use std::time::Duration;

use greenroom_headless::{FrameSizes, Layer, Video};
use greenroom_sfu::{LayerReport, MediaReport, MixLegSettings, MixedFrame, PeerReport};

use crate::sim::{ALL, OPEN, Path, Sim, Who, opus};

fn fares(sim: &Sim, who: Who) -> PeerReport {
    sim.shard.report(sim.now, who.peer).unwrap()
}

struct Published {
    bitrate_bps: u64,
    loss_permille: u32,
    layers: Vec<LayerReport>,
}

fn published(sim: &Sim, who: Who) -> Published {
    match fares(sim, who).media {
        MediaReport::Publisher {
            bitrate_bps,
            loss_permille,
            layers,
        } => Published {
            bitrate_bps,
            loss_permille,
            layers,
        },
        other => panic!("{other:?}"),
    }
}

struct Received {
    streams: usize,
    bitrate_bps: u64,
    available_bps: Option<u64>,
    loss_permille: Option<u32>,
    reduced: usize,
}

fn received(sim: &Sim, who: Who) -> Received {
    match fares(sim, who).media {
        MediaReport::Subscriber {
            streams,
            bitrate_bps,
            available_bps,
            loss_permille,
            reduced,
        } => Received {
            streams,
            bitrate_bps,
            available_bps,
            loss_permille,
            reduced,
        },
        other => panic!("{other:?}"),
    }
}

fn near(figure: u64, wanted: u64) -> bool {
    (wanted * 85 / 100..=wanted * 115 / 100).contains(&figure)
}

/// Video of 720 kbit/s, always the same.
const VIDEO_BPS: u64 = 720_000;

fn video() -> Video {
    let layer = Layer {
        rid: None,
        size: (1_280, 720),
        frames: FrameSizes::Even {
            packets: 3,
            packet_bytes: 1_000,
        },
    };
    Video {
        frames_per_sec: 30,
        temporal_layers: 1,
        layers: vec![layer],
    }
}

/// A round trip of 60 ms.
fn far() -> Path {
    Path {
        delay: Duration::from_millis(30),
        ..Path::default()
    }
}

#[test]
fn a_good_path_shows_rates_and_round_trips() {
    let mut sim = Sim::new(1);
    let (ann, tracks) = sim.publish(Some(opus()), Some(video()), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks)], ALL);
    assert_eq!(sim.shard.report(sim.now, ann.peer), None, "not up yet");
    sim.set_path(ann, far());
    sim.set_path(ben, far());
    sim.connect_all();
    sim.run_secs(12);
    // 80 bytes of audio every 20 ms.
    let all_bps = VIDEO_BPS + 32_000;
    let sent = published(&sim, ann);
    assert!(near(sent.bitrate_bps, all_bps), "{}", sent.bitrate_bps);
    assert_eq!(sent.loss_permille, 0);
    assert_eq!(sent.layers.len(), 1);
    let layer = &sent.layers[0];
    assert!((layer.rid.is_none(), layer.is_active) == (true, true));
    assert!(near(layer.bitrate_bps, VIDEO_BPS), "{layer:?}");
    let got = received(&sim, ben);
    assert!(near(got.bitrate_bps, all_bps), "{}", got.bitrate_bps);
    assert_eq!((got.streams, got.reduced), (1, 0));
    assert_eq!((got.loss_permille, got.available_bps), (Some(0), None));
    for who in [ann, ben] {
        let rtt = fares(&sim, who).rtt.unwrap();
        assert!((58..75).contains(&rtt.as_millis()), "{who:?} {rtt:?}");
    }
    let counters = sim.shard.counters();
    let within: Vec<(u32, u64)> = counters.round_trips_ms.ranges().collect();
    let total = counters.round_trips_ms.total();
    assert!(total >= 8, "{counters:?}");
    assert!(within.contains(&(100, total)), "{counters:?}");
    assert!(counters.losses_in_permille.total() >= 4, "{counters:?}");
    assert_eq!(counters.losses_in_permille.sum(), 0);
}

#[test]
fn loss_shows_on_the_side_where_it_is() {
    let mut sim = Sim::new(2);
    let (ann, tracks) = sim.publish(Some(opus()), Some(video()), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks.clone())], ALL);
    let cem = sim.subscribe(&[(ann.peer, tracks)], ALL);
    sim.connect_all();
    let lossy = |up, down| Path {
        loss_up: up,
        loss_down: down,
        ..Path::default()
    };
    sim.set_path(ann, lossy(50, 0));
    sim.set_path(ben, lossy(0, 150));
    sim.run_secs(12);
    let up = published(&sim, ann).loss_permille;
    assert!((15..=100).contains(&up), "{up}");
    // This client reports what resends have not made up for when it reports.
    let down = received(&sim, ben).loss_permille.unwrap();
    assert!((10..=230).contains(&down), "{down}");
    assert!(received(&sim, cem).loss_permille.unwrap() < down);
    // It is over, and soon forgotten.
    sim.set_path(ann, Path::default());
    sim.set_path(ben, Path::default());
    sim.run_secs(20);
    assert_eq!(published(&sim, ann).loss_permille, 0);
    assert_eq!(received(&sim, ben).loss_permille, Some(0));
}

#[test]
fn layers_and_what_a_narrow_path_leaves_of_them() {
    let mut sim = Sim::new(3);
    let (ann, tracks) = sim.publish(None, Some(Video::simulcast()), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks)], ALL);
    sim.connect_all();
    sim.run_secs(8);
    let sent = published(&sim, ann);
    let rates: Vec<u64> = sent.layers.iter().map(|layer| layer.bitrate_bps).collect();
    assert!(
        sent.layers
            .iter()
            .all(|layer| layer.rid.is_some() && layer.is_active)
    );
    assert!(rates.is_sorted() && rates.len() == 3, "{rates:?}");
    assert_eq!(rates.iter().sum::<u64>(), sent.bitrate_bps);
    let wide = received(&sim, ben);
    assert_eq!(wide.reduced, 0);
    assert!(wide.available_bps.unwrap() > 500_000);

    let narrow = Path {
        down_bps: Some(300_000),
        ..Path::default()
    };
    sim.set_path(ben, narrow);
    sim.run_secs(12);
    let got = received(&sim, ben);
    assert_eq!((got.streams, got.reduced), (1, 1));
    assert!(got.bitrate_bps < 350_000, "{}", got.bitrate_bps);
    assert!(got.available_bps.unwrap() < 600_000);

    sim.vanish(ann);
    sim.run_secs(6);
    assert!(
        published(&sim, ann)
            .layers
            .iter()
            .all(|layer| !layer.is_active)
    );
    assert_eq!(published(&sim, ann).bitrate_bps, 0);
    sim.run_secs(10);
    assert_eq!(
        sim.shard.report(sim.now, ann.peer),
        None,
        "it has timed out"
    );
    assert_eq!(received(&sim, ben).streams, 0);
}

#[test]
fn a_leg_of_the_mix_is_measured_both_ways() {
    let mut sim = Sim::new(4);
    let leg = sim.join_mix(MixLegSettings { muted: false });
    let text = sim.open_text();
    sim.set_path(
        leg,
        Path {
            loss_up: 100,
            ..far()
        },
    );
    sim.connect_all();
    for tick in 0..1_000_u32 {
        let frame = MixedFrame {
            payload: Arc::from(vec![1; 100]),
            time: tick * 960,
            marker: tick == 0,
        };
        sim.mixed(leg, frame);
        sim.run_for(Duration::from_millis(20));
    }
    let report = fares(&sim, leg);
    let rtt = report.rtt.unwrap();
    assert!((58..75).contains(&rtt.as_millis()), "{rtt:?}");
    let MediaReport::MixLeg {
        bitrate_in_bps,
        bitrate_out_bps,
        loss_in_permille,
        loss_out_permille,
    } = report.media
    else {
        panic!("{report:?}")
    };
    assert!(near(bitrate_out_bps, 40_000), "{bitrate_out_bps}");
    assert!(near(bitrate_in_bps, 29_000), "{bitrate_in_bps}");
    assert!((40..=180).contains(&loss_in_permille), "{loss_in_permille}");
    assert_eq!(loss_out_permille, Some(0));
    assert_eq!(fares(&sim, text).media, MediaReport::Text);
    assert_eq!(fares(&sim, text).rtt, None);
}
