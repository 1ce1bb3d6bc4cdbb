//! Packets go from a publisher to its subscribers, and to nobody else.

use std::time::Duration;

use greenroom_headless::{Kind, Video};
use greenroom_sfu::Command;

use crate::sim::{ALL, OPEN, Sim, opus};

#[test]
fn a_subscriber_sees_and_hears_what_is_published() {
    let mut sim = Sim::new(1);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::single(800_000)), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks.clone())], ALL);
    sim.connect_all();
    assert_eq!(sim.connected().len(), 2, "{:?}", sim.events);
    sim.run_secs(5);

    let video = sim.report(ben, Kind::Video);
    assert!(video.video.frames_decoded > 130, "{:?}", video.video);
    assert!(video.video.decodable);
    assert_eq!(video.missing + video.duplicates + video.late, 0);
    assert_eq!(video.video.broken_frames, 0);
    assert_eq!(video.video.time_went_back, 0);
    let delay = video.delays.per_mille(990).unwrap();
    assert!(delay < 25_000, "{delay} µs");
    let audio = sim.report(ben, Kind::Audio);
    assert!(audio.packets > 230, "{} came", audio.packets);
    assert_eq!(audio.missing, 0);

    let cid = sim.subscribe(&[(ann.peer, tracks)], ALL);
    let took = sim.run_until(Duration::from_secs(1), "the first picture", |sim| {
        sim.reports(cid, Kind::Video)
            .any(|track| track.video.frames_decoded > 0)
    });
    assert!(took < Duration::from_millis(400), "{took:?}");
}

#[test]
fn a_flood_of_streams_takes_no_place_and_stops_nobody() {
    let mut sim = Sim::new(3);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::simulcast()), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks)], ALL);
    sim.connect_all();
    sim.run_secs(2);
    let address = sim.address(ann);
    let before = sim.shard.counters();
    for source in 0..10_000_u32 {
        let mut packet = vec![0x80, 96, 0, 1, 0, 0, 0, 1];
        packet.extend(source.to_be_bytes());
        packet.extend([0; 40]);
        sim.inject(address, &packet);
    }
    let after = sim.shard.counters();
    let refused = after.datagrams_malformed - before.datagrams_malformed;
    assert!((9_800..10_000).contains(&refused), "{refused}");
    let before = sim.report(ben, Kind::Video).video.frames_decoded;
    sim.run_secs(5);
    let after = sim.report(ben, Kind::Video).video.frames_decoded;
    assert!(after > before + 100, "{before}, {after}");
}

#[test]
fn nothing_reaches_who_has_left_and_nothing_is_left_behind() {
    let mut sim = Sim::new(2);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::single(800_000)), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks.clone())], ALL);
    let cid = sim.subscribe(&[(ann.peer, tracks)], ALL);
    sim.connect_all();
    sim.run_secs(1);
    sim.command(Command::Remove(ben.peer));
    sim.run_for(Duration::from_millis(100));
    let before = sim.packets(ben, Kind::Video) + sim.packets(ben, Kind::Audio);
    assert!(!sim.client(ben).is_alive(), "it is told");
    sim.run_secs(2);
    let after = sim.packets(ben, Kind::Video) + sim.packets(ben, Kind::Audio);
    assert_eq!(before, after);
    assert!(sim.report(cid, Kind::Video).video.decodable);

    sim.command(Command::Remove(ann.peer));
    sim.run_secs(1);
    let before = sim.packets(cid, Kind::Video);
    sim.run_secs(1);
    assert_eq!(sim.packets(cid, Kind::Video), before);
    sim.command(Command::Remove(cid.peer));
    assert_eq!(sim.shard.entries(), 0);
    assert_eq!(sim.shard.counters().peers, 0);
    assert!(
        !sim.events
            .iter()
            .any(|(_, event)| matches!(event, greenroom_sfu::Event::Ended(..))),
        "what was asked for is not told"
    );
}
