//! Loss and its repair.

use std::time::Duration;

use greenroom_headless::{Kind, Video};

use crate::sim::{ALL, OPEN, Path, Sim, Who, opus};

/// A publisher and a subscriber, playing.
fn playing(seed: u64) -> (Sim, Who, Who) {
    let mut sim = Sim::new(seed);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::single(800_000)), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks)], ALL);
    sim.connect_all();
    sim.run_secs(2);
    (sim, ann, ben)
}

fn lossy(up: u64, down: u64) -> Path {
    Path {
        loss_up: up,
        loss_down: down,
        ..Path::default()
    }
}

/// How many of the pictures of some seconds are seen under that loss, in per cent.
fn seen_percent(seed: u64, path: Path, of_subscriber: bool) -> u64 {
    let (mut sim, ann, ben) = playing(seed);
    sim.set_path(if of_subscriber { ben } else { ann }, path);
    let before = sim.report(ben, Kind::Video).video.frames_decoded;
    sim.run_secs(20);
    let report = sim.report(ben, Kind::Video);
    assert_eq!(report.video.time_went_back, 0);
    assert_eq!(report.video.broken_frames, 0);
    let counters = sim.shard.counters();
    assert_eq!(counters.nacks_sent > 0, !of_subscriber, "{counters:?}");
    // A gap that comes from the publisher is reported by subscribers, too.
    assert!(counters.nacks_received > 0, "{counters:?}");
    (report.video.frames_decoded - before) * 100 / 600
}

#[test]
fn loss_towards_a_subscriber_is_repaired() {
    for (seed, loss, least) in [(1, 10, 97), (2, 50, 93), (3, 200, 25)] {
        let seen = seen_percent(seed, lossy(0, loss), true);
        assert!(seen >= least, "{loss} of 1000 lost, {seen} % seen");
    }
}

#[test]
fn loss_from_a_publisher_is_repaired() {
    for (seed, loss, least) in [(4, 10, 97), (5, 50, 93), (6, 200, 25)] {
        let seen = seen_percent(seed, lossy(loss, 0), false);
        assert!(seen >= least, "{loss} of 1000 lost, {seen} % seen");
    }
}

#[test]
fn after_a_burst_there_is_a_picture_within_two_seconds() {
    for seed in 10..18 {
        let (mut sim, ann, ben) = playing(seed);
        let (whose, path) = if seed % 2 == 0 {
            (ben, lossy(0, 1_000))
        } else {
            (ann, lossy(1_000, 0))
        };
        sim.set_path(whose, path);
        sim.run_for(Duration::from_millis(200 + 150 * (seed % 5)));
        sim.set_path(whose, Path::default());
        let since = sim.now;
        sim.run_until(Duration::from_secs(2), "a picture after the burst", |sim| {
            let video = sim.report(ben, Kind::Video).video;
            video.decodable && video.last_decoded.is_some_and(|last| last > since)
        });
        sim.run_secs(2);
        assert!(sim.report(ben, Kind::Video).video.decodable);
    }
}

#[test]
fn numbers_never_go_back_under_reordering_and_duplication() {
    for seed in 20..24 {
        let (mut sim, ann, ben) = playing(seed);
        let rough = Path {
            jitter: Duration::from_millis(30),
            twice: 100,
            ..Path::default()
        };
        sim.set_path(ann, rough);
        sim.set_path(ben, rough);
        let before = sim.report(ben, Kind::Video).video.frames_decoded;
        sim.run_secs(10);
        let video = sim.report(ben, Kind::Video);
        assert!(
            video.video.frames_decoded - before > 285,
            "{:?}",
            video.video
        );
        assert_eq!(video.video.time_went_back, 0);
        assert!(video.late > 0, "it was reordered");
        let audio = sim.report(ben, Kind::Audio);
        // What came, and no more: nothing has a number of its own twice.
        let sent = sim.client(ann).audio_sent();
        assert!(audio.packets <= sent, "{} of {sent}", audio.packets);
        assert!(audio.highest < 1_000 + sent, "{} came", audio.packets);
    }
}
