//! Simulcast: layers by cap and by what the path carries.

use std::time::Duration;

use greenroom_headless::{Kind, Video};
use greenroom_sfu::{Command, SubscriberSettings};

use crate::sim::{ALL, OPEN, Path, Sim, Who, opus};

/// The layers of a headless publisher, best first.
const TOP: u8 = 0;
const MIDDLE: u8 = 1;
const LOW: u8 = 2;

fn playing(seed: u64, settings: SubscriberSettings) -> (Sim, Who, Who) {
    let mut sim = Sim::new(seed);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::simulcast()), OPEN);
    assert!(tracks.video.as_ref().is_some_and(|video| video.simulcast));
    let ben = sim.subscribe(&[(ann.peer, tracks)], settings);
    sim.connect_all();
    sim.run_secs(3);
    (sim, ann, ben)
}

fn layer(sim: &Sim, who: Who) -> Option<u8> {
    sim.report(who, Kind::Video).layer
}

fn comes_to(sim: &mut Sim, who: Who, wanted: u8, within: Duration) -> Duration {
    sim.run_until(within, &format!("layer {wanted}"), |sim| {
        layer(sim, who) == Some(wanted) && sim.report(who, Kind::Video).video.decodable
    })
}

/// Nothing that a decoder would stumble over, but for the end of a frame that a switch has cut off.
fn is_clean(sim: &Sim, who: Who) {
    let report = sim.report(who, Kind::Video);
    assert_eq!(report.video.time_went_back, 0, "{:?}", report.video);
    assert_eq!(report.video.malformed, 0, "{:?}", report.video);
    let switches = report.layer_changes;
    assert!(report.video.broken_frames <= switches, "{:?}", report.video);
    assert!(
        report.video.keyframe_id_jumps <= switches,
        "{:?}",
        report.video
    );
}

#[test]
fn the_highest_layer_is_shown_on_a_good_path() {
    let (mut sim, _, ben) = playing(1, ALL);
    assert_eq!(layer(&sim, ben), Some(TOP));
    let changes = sim.report(ben, Kind::Video).layer_changes;
    sim.run_secs(30);
    let report = sim.report(ben, Kind::Video);
    assert_eq!(report.layer_changes, changes, "it stays there");
    assert!(report.video.frames_decoded > 900);
    is_clean(&sim, ben);
}

#[test]
fn a_switch_is_made_at_a_key_frame_and_leaves_no_gap() {
    let (mut sim, _, ben) = playing(2, ALL);
    let missing = sim.report(ben, Kind::Video).missing;
    for round in 0..12 {
        let cap = [0, 2, 1, 2, 0, 1][round % 6];
        let settings = SubscriberSettings {
            substream_max: cap,
            ..ALL
        };
        sim.command(Command::ConfigureSubscriber(ben.peer, settings));
        let took = comes_to(&mut sim, ben, 2 - cap, Duration::from_secs(2));
        assert!(took < Duration::from_millis(700), "{took:?}");
        sim.run_for(Duration::from_millis(900));
        assert_eq!(layer(&sim, ben), Some(2 - cap));
    }
    let report = sim.report(ben, Kind::Video);
    assert_eq!(report.missing, missing);
    let (seen, shown) = (report.video.frames_decoded, 30 * sim.elapsed().as_secs());
    assert!(seen + 60 > shown, "{seen} pictures of {shown}");
    is_clean(&sim, ben);
}

#[test]
fn temporal_layers_are_left_out_without_a_gap() {
    let (mut sim, _, ben) = playing(3, ALL);
    let mut rates = Vec::new();
    for cap in [2, 1, 0, 1, 2] {
        let settings = SubscriberSettings {
            temporal_max: cap,
            ..ALL
        };
        sim.command(Command::ConfigureSubscriber(ben.peer, settings));
        sim.run_secs(1);
        let before = sim.report(ben, Kind::Video).video.frames_decoded;
        sim.run_secs(4);
        rates.push((sim.report(ben, Kind::Video).video.frames_decoded - before) / 4);
    }
    for (rate, expected) in rates.iter().zip([30, 15, 7, 15, 30]) {
        assert!(rate.abs_diff(expected) <= 1, "{rates:?}");
    }
    assert_eq!(sim.report(ben, Kind::Video).missing, 0);
    is_clean(&sim, ben);
}

#[test]
fn a_layer_that_goes_off_is_replaced_and_comes_back() {
    let (mut sim, ann, ben) = playing(4, ALL);
    sim.with(ann, |client, _| client.set_layer("h", false));
    comes_to(&mut sim, ben, MIDDLE, Duration::from_millis(1_500));
    sim.with(ann, |client, _| client.set_layer("m", false));
    comes_to(&mut sim, ben, LOW, Duration::from_millis(1_500));
    sim.with(ann, |client, _| client.set_layer("h", true));
    comes_to(&mut sim, ben, TOP, Duration::from_secs(20));
    is_clean(&sim, ben);
}

#[test]
fn a_path_that_narrows_is_followed_within_a_second_and_back_again() {
    for seed in 10..12 {
        let (mut sim, _, ben) = playing(seed, ALL);
        sim.run_secs(5);
        assert_eq!(layer(&sim, ben), Some(TOP));
        let narrow = Path {
            down_bps: Some(260_000),
            ..Path::default()
        };
        sim.set_path(ben, narrow);
        comes_to(&mut sim, ben, LOW, Duration::from_secs(3));
        sim.run_secs(10);
        let before = sim.report(ben, Kind::Video).video.frames_decoded;
        sim.run_secs(10);
        let seen = sim.report(ben, Kind::Video).video.frames_decoded - before;
        assert!(seen > 240, "{seen} of 300 pictures on the narrow path");
        assert_eq!(layer(&sim, ben), Some(LOW));

        sim.set_path(ben, Path::default());
        let took = comes_to(&mut sim, ben, TOP, Duration::from_secs(60));
        eprintln!("up again after {took:?}");
        is_clean(&sim, ben);
    }
}

#[test]
fn without_room_for_any_layer_there_is_sound_and_then_a_picture_again() {
    let (mut sim, _, ben) = playing(20, ALL);
    let narrow = Path {
        down_bps: Some(90_000),
        ..Path::default()
    };
    sim.set_path(ben, narrow);
    sim.run_secs(15);
    let (audio, video) = (sim.packets(ben, Kind::Audio), sim.packets(ben, Kind::Video));
    sim.run_secs(5);
    let audio = sim.packets(ben, Kind::Audio) - audio;
    let video = sim.packets(ben, Kind::Video) - video;
    assert!(audio > 225, "{audio} of 250 audio packets");
    assert!(video < 60, "{video} video packets");
    sim.set_path(ben, Path::default());
    comes_to(&mut sim, ben, TOP, Duration::from_secs(90));
    is_clean(&sim, ben);
}

#[test]
fn one_subscribers_path_is_nobody_elses_matter() {
    let mut sim = Sim::new(30);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::simulcast()), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks.clone())], ALL);
    let cid = sim.subscribe(&[(ann.peer, tracks)], ALL);
    sim.connect_all();
    let narrow = Path {
        down_bps: Some(220_000),
        ..Path::default()
    };
    sim.set_path(ben, narrow);
    sim.run_secs(10);
    assert_eq!(layer(&sim, ben), Some(LOW));
    assert_eq!(layer(&sim, cid), Some(TOP));
    let seen = sim.report(cid, Kind::Video).video.frames_decoded;
    assert!(seen > 280, "{seen}");
}
