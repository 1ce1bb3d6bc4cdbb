//! What publishers and subscribers switch on and off.

use std::time::Duration;

use greenroom_headless::{Event as ClientEvent, Kind, Video};
use greenroom_sfu::{Command, Event, PublisherSettings, SubscriberSettings};

use crate::sim::{ALL, OPEN, Sim, Who, opus};

fn playing(seed: u64) -> (Sim, Who, Who) {
    let mut sim = Sim::new(seed);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::single(500_000)), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks)], ALL);
    sim.connect_all();
    sim.run_secs(2);
    (sim, ann, ben)
}

/// Audio and video packets that come in two seconds, after what was under way has come.
fn flow(sim: &mut Sim, who: Who) -> (u64, u64) {
    sim.run_for(Duration::from_millis(200));
    let before = (sim.packets(who, Kind::Audio), sim.packets(who, Kind::Video));
    sim.run_secs(2);
    (
        sim.packets(who, Kind::Audio) - before.0,
        sim.packets(who, Kind::Video) - before.1,
    )
}

#[test]
fn a_subscriber_gets_what_it_has_on() {
    let (mut sim, _, ben) = playing(1);
    let with = |audio, video| {
        Command::ConfigureSubscriber(
            ben.peer,
            SubscriberSettings {
                audio,
                video,
                ..ALL
            },
        )
    };
    sim.command(with(false, true));
    let (audio, video) = flow(&mut sim, ben);
    assert!(audio == 0 && video > 100, "{audio} {video}");
    sim.command(with(true, false));
    let (audio, video) = flow(&mut sim, ben);
    assert!(audio > 90 && video == 0, "{audio} {video}");
    sim.command(with(false, false));
    assert_eq!(flow(&mut sim, ben), (0, 0));

    sim.command(with(true, true));
    let since = sim.now;
    let took = sim.run_until(Duration::from_secs(1), "a picture", |sim| {
        let video = sim.report(ben, Kind::Video).video;
        video.decodable && video.last_decoded.is_some_and(|last| last > since)
    });
    assert!(
        took < Duration::from_millis(200),
        "a key frame was asked for at once: {took:?}"
    );
    let (audio, video) = flow(&mut sim, ben);
    assert!(audio > 90 && video > 100, "{audio} {video}");
    let report = sim.report(ben, Kind::Video);
    assert_eq!(report.missing, 0, "a pause is no loss");
    assert_eq!(report.video.time_went_back, 0);
    assert_eq!(report.video.broken_frames, 0);
    assert_eq!(report.video.keyframe_id_jumps, 0);
    assert_eq!(sim.report(ben, Kind::Audio).missing, 0);
}

#[test]
fn a_subscriber_may_begin_with_nothing() {
    let mut sim = Sim::new(2);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::single(500_000)), OPEN);
    let off = SubscriberSettings {
        audio: false,
        video: false,
        ..ALL
    };
    let ben = sim.subscribe(&[(ann.peer, tracks)], off);
    sim.connect_all();
    assert_eq!(flow(&mut sim, ben), (0, 0));
    sim.command(Command::ConfigureSubscriber(ben.peer, ALL));
    let (audio, video) = flow(&mut sim, ben);
    assert!(audio > 90 && video > 100, "{audio} {video}");
}

#[test]
fn what_a_publisher_has_off_or_an_operator_has_silenced_goes_nowhere() {
    let (mut sim, ann, ben) = playing(3);
    for (settings, hears, sees) in [
        (
            PublisherSettings {
                audio_censored: true,
                ..OPEN
            },
            false,
            true,
        ),
        (
            PublisherSettings {
                audio: false,
                ..OPEN
            },
            false,
            true,
        ),
        (
            PublisherSettings {
                video: false,
                ..OPEN
            },
            true,
            false,
        ),
        (OPEN, true, true),
    ] {
        sim.command(Command::ConfigurePublisher(ann.peer, settings));
        let (audio, video) = flow(&mut sim, ben);
        assert_eq!((audio > 0, video > 0), (hears, sees), "{settings:?}");
    }
    let report = sim.report(ben, Kind::Video);
    assert!(report.video.decodable);
    assert_eq!(report.missing, 0);
    assert_eq!(sim.report(ben, Kind::Audio).missing, 0);
}

#[test]
fn a_muted_microphone_is_heard_again() {
    let (mut sim, ann, ben) = playing(4);
    sim.with(ann, |client, _| client.set_audio(false));
    assert_eq!(flow(&mut sim, ben).0, 0);
    sim.with(ann, |client, _| client.set_audio(true));
    assert!(flow(&mut sim, ben).0 > 90);
    assert_eq!(sim.report(ben, Kind::Audio).missing, 0);
}

#[test]
fn talking_is_told_once_when_it_begins_and_ends() {
    let (mut sim, ann, _) = playing(5);
    let talking = |sim: &Sim| {
        let told = sim.events.iter().filter_map(|(_, event)| match event {
            Event::Talking(peer, talking) if *peer == ann.peer => Some(*talking),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(talking(&sim), [true]);
    sim.with(ann, |client, _| client.set_audio_level(90));
    sim.run_secs(1);
    assert_eq!(talking(&sim), [true, false]);
    sim.with(ann, |client, _| client.set_audio_level(30));
    sim.run_secs(1);
    sim.with(ann, |client, _| client.set_audio(false));
    sim.run_secs(2);
    assert_eq!(talking(&sim), [true, false, true, false]);
    sim.with(ann, |client, _| client.set_audio(true));
    sim.run_secs(1);
    let silenced = PublisherSettings {
        audio_censored: true,
        ..OPEN
    };
    sim.command(Command::ConfigurePublisher(ann.peer, silenced));
    sim.run_secs(1);
    assert_eq!(talking(&sim), [true, false, true, false, true, false]);
}

#[test]
fn a_publisher_is_told_its_cap_again_and_again() {
    for (video, told) in [
        (Video::single(500_000), 600_000),
        (Video::simulcast(), 900_000),
    ] {
        let mut sim = Sim::new(6);
        let capped = PublisherSettings {
            bitrate_bps: 600_000,
            ..OPEN
        };
        let (ann, _) = sim.publish(Some(opus()), Some(video), capped);
        sim.connect_all();
        sim.run_secs(1);
        let told_early = sim
            .client_events(ann)
            .iter()
            .any(|(_, event)| matches!(event, ClientEvent::BitrateCap(_)));
        assert!(told_early, "within the first second");
        sim.run_secs(11);
        let caps = |sim: &Sim| {
            let events = sim.client_events(ann).iter();
            events
                .filter_map(|(_, event)| match event {
                    ClientEvent::BitrateCap(bps) => Some(*bps),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        assert!((2..=4).contains(&caps(&sim).len()), "{:?}", caps(&sim));
        let close = |bps: u64| bps.abs_diff(told) < told / 50;
        assert!(caps(&sim).into_iter().all(close), "{:?}", caps(&sim));
        sim.command(Command::ConfigurePublisher(ann.peer, OPEN));
        sim.run_secs(1);
        assert!(caps(&sim).last().is_some_and(|bps| *bps > 100_000_000));
    }
}

#[test]
fn key_frames_are_asked_for_as_often_as_needed_and_no_more() {
    let mut sim = Sim::new(7);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::single(500_000)), OPEN);
    sim.connect_all();
    sim.run_secs(1);
    let asked = |sim: &Sim| {
        let events = sim.client_events(ann).iter();
        let asked = events.filter(|(_, event)| matches!(event, ClientEvent::KeyframeAsked(_)));
        asked.count()
    };
    let before = asked(&sim);
    for _ in 0..10 {
        sim.subscribe(&[(ann.peer, tracks.clone())], ALL);
    }
    sim.connect_all();
    sim.run_secs(3);
    assert!(
        (1..=3).contains(&(asked(&sim) - before)),
        "{}",
        asked(&sim) - before
    );
    let before = asked(&sim);
    for _ in 0..20 {
        sim.command(Command::RequestKeyframe(ann.peer));
        sim.run_for(Duration::from_millis(100));
    }
    assert!(
        (4..=5).contains(&(asked(&sim) - before)),
        "{}",
        asked(&sim) - before
    );
}
