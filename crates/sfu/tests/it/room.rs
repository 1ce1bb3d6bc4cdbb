//! Rooms as they are lived in: several publishers, one after the other, many people.

use std::time::Duration;

use greenroom_headless::{Kind, Video};
use greenroom_sfu::{Command, Event};

use crate::sim::{ALL, OPEN, Path, Sim, Who, opus};

fn sees(sim: &mut Sim, who: Who, within: Duration) -> Duration {
    let since = sim.now;
    sim.run_until(within, "a picture", |sim| {
        sim.reports(who, Kind::Video)
            .any(|track| track.video.decodable && track.video.last_decoded > Some(since))
    })
}

#[test]
fn checks_that_overtake_the_answer_are_not_lost() {
    let mut sim = Sim::new(8);
    let (ann, tracks) = sim.publish(Some(opus()), None, OPEN);
    sim.connect_all();
    let mut connect = |late| {
        let late = Duration::from_millis(late);
        let who = sim.subscribe_with_answer_after(late, &[(ann.peer, tracks.clone())], ALL);
        let limit = Duration::from_secs(5);
        sim.run_until(limit, "a connection", |sim| sim.client(who).is_connected())
    };
    let at_once = connect(0);
    // Later than the first check arrives, sooner than the next is sent.
    let late = connect(30);
    assert!(
        late <= at_once,
        "{late:?} after the answer; {at_once:?} without waiting"
    );
    let very_late = connect(1_000);
    assert!(very_late <= at_once, "{very_late:?} {at_once:?}");
}

/// A subscriber of so many publishers whose way here is cut for that long after its answer, and what came in the first
/// moment of its connection.
fn packets_at_first(publishers: usize, cut: Duration) -> u64 {
    let mut sim = Sim::telling_first_frames(9);
    let feeds: Vec<_> = (0..publishers)
        .map(|_| sim.publish(Some(opus()), Some(Video::single(1_000_000)), OPEN))
        .map(|(who, tracks)| (who.peer, tracks))
        .collect();
    sim.connect_all();
    let ben = sim.subscribe(&feeds, ALL);
    let silent = Path {
        loss_up: 1_000,
        ..Path::default()
    };
    sim.set_path(ben, silent);
    sim.run_for(cut);
    assert!(!sim.client(ben).is_connected());
    sim.set_path(ben, Path::default());
    sim.run_until(Duration::from_secs(10), "a connection", |sim| {
        sim.client(ben).is_connected()
    });
    let took = sees(&mut sim, ben, Duration::from_secs(1));
    assert!(took < Duration::from_millis(400), "{took:?}");

    let of_ben: Vec<&Event> = sim
        .events
        .iter()
        .map(|(_, event)| event)
        .filter(|event| match event {
            Event::Connected(peer) | Event::FirstFrame(peer, _) => *peer == ben.peer,
            _ => false,
        })
        .collect();
    assert_eq!(of_ben[0], &Event::Connected(ben.peer));
    assert_eq!(of_ben.len(), 1 + 2 * publishers, "{of_ben:?}");
    sim.packets(ben, Kind::Video) + sim.packets(ben, Kind::Audio)
}

#[test]
fn what_a_connection_waits_for_too_long_is_not_sent_after_all() {
    let prompt = packets_at_first(1, Duration::from_millis(100));
    assert!(prompt > 10, "what came meanwhile is sent: {prompt}");
    let late = packets_at_first(1, Duration::from_secs(8));
    assert!(late < 200, "{late}");
    let many = packets_at_first(8, Duration::from_millis(800));
    assert!(many < 8 * 200, "{many}");
}

#[test]
fn a_publisher_that_comes_back_is_shown_on_the_same_lines() {
    let mut sim = Sim::new(1);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::single(500_000)), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks)], ALL);
    sim.connect_all();
    sim.run_secs(2);
    for round in 0..3 {
        let old = sim
            .publish(Some(opus()), Some(Video::single(500_000)), OPEN)
            .0;
        sim.connect_all();
        sim.command(Command::Switch {
            subscriber: ben.peer,
            publisher: old.peer,
        });
        if round == 0 {
            sim.command(Command::Remove(ann.peer));
        }
        let took = sees(&mut sim, ben, Duration::from_secs(1));
        assert!(took < Duration::from_millis(400), "{took:?}");
        sim.run_secs(1);
    }
    let video = sim.report(ben, Kind::Video);
    assert_eq!(video.missing, 0);
    assert_eq!(video.video.time_went_back, 0);
    // A switch may cut off the frame that is under way.
    assert!(video.video.broken_frames <= 3);
    assert!(video.video.keyframe_id_jumps <= 3);
    assert_eq!(sim.report(ben, Kind::Audio).missing, 0);
    assert_eq!(sim.reports(ben, Kind::Video).count(), 1);
}

#[test]
fn several_publishers_come_on_one_connection() {
    let mut sim = Sim::new(2);
    let feeds: Vec<_> = (0..5)
        .map(|_| {
            let (who, tracks) = sim.publish(Some(opus()), Some(Video::single(200_000)), OPEN);
            (who.peer, tracks)
        })
        .collect();
    let ben = sim.subscribe(&feeds, ALL);
    sim.connect_all();
    sim.run_secs(3);
    assert_eq!(sim.reports(ben, Kind::Video).count(), 5);
    assert_eq!(sim.reports(ben, Kind::Audio).count(), 5);
    for track in sim.reports(ben, Kind::Video) {
        assert!(
            track.video.decodable && track.video.frames_decoded > 75,
            "{:?}",
            track.video
        );
    }
    sim.command(Command::Remove(feeds[2].0));
    sim.run_secs(1);
    let frames = |sim: &Sim| {
        sim.reports(ben, Kind::Video)
            .map(|track| track.video.frames_decoded)
            .collect::<Vec<_>>()
    };
    let before = frames(&sim);
    sim.run_secs(1);
    let still = frames(&sim)
        .iter()
        .zip(&before)
        .filter(|(after, before)| after == before)
        .count();
    assert_eq!(still, 1);
}

#[test]
fn feeds_are_added_and_dropped_on_a_connection_that_is_up() {
    let mut sim = Sim::new(3);
    let (ann, ann_tracks) = sim.publish(Some(opus()), Some(Video::single(200_000)), OPEN);
    let (cid, cid_tracks) = sim.publish(Some(opus()), Some(Video::single(200_000)), OPEN);
    let ben = sim.subscribe(&[(ann.peer, ann_tracks)], ALL);
    sim.connect_all();
    sim.run_secs(1);

    let offer = update(&mut sim, ben, vec![(cid.peer, cid_tracks.clone())], vec![]);
    answer(&mut sim, ben, &offer.unwrap());
    sim.run_secs(2);
    assert_eq!(sim.reports(ben, Kind::Video).count(), 2);
    assert!(
        sim.reports(ben, Kind::Video)
            .all(|track| track.video.decodable)
    );

    let offer = update(&mut sim, ben, vec![], vec![ann.peer]).unwrap();
    assert!(offer.contains("m=video 0 "), "{offer}");
    answer(&mut sim, ben, &offer);
    let before = sim.packets(ben, Kind::Video);
    sim.run_secs(1);
    let one_stream = sim.packets(ben, Kind::Video) - before;
    assert!((30..60).contains(&one_stream), "{one_stream}");
    assert_eq!(update(&mut sim, ben, vec![], vec![ann.peer]), None);

    // An offer that nobody answers is replaced by the next.
    update(&mut sim, ben, vec![(ann.peer, cid_tracks.clone())], vec![]);
    let offer = update(&mut sim, ben, vec![(ann.peer, cid_tracks)], vec![]);
    answer(&mut sim, ben, &offer.unwrap());
    sim.run_secs(2);
    let before = sim.packets(ben, Kind::Video);
    sim.run_secs(1);
    let both = sim.packets(ben, Kind::Video) - before;
    assert!((60..120).contains(&both), "{both}");

    sim.command(Command::Update {
        subscriber: ben.peer,
        add: vec![],
        remove: vec![cid.peer],
    });
    sim.command(Command::AcceptAnswer(
        ben.peer,
        "v=0\r\nnonsense".to_owned(),
    ));
    let last = sim.events.last().map(|(_, event)| event.clone());
    assert!(
        matches!(last, Some(Event::Ended(peer, _)) if peer == ben.peer),
        "{last:?}"
    );
}

fn update(
    sim: &mut Sim,
    who: Who,
    add: Vec<(greenroom_sfu::PeerId, greenroom_sfu::PublisherTracks)>,
    remove: Vec<greenroom_sfu::PeerId>,
) -> Option<String> {
    sim.command(Command::Update {
        subscriber: who.peer,
        add,
        remove,
    });
    match sim.events.last() {
        Some((_, Event::Offer(peer, offer))) if *peer == who.peer => offer.clone(),
        other => panic!("no offer: {other:?}"),
    }
}

fn answer(sim: &mut Sim, who: Who, offer: &str) {
    let answer = sim.with(who, |client, now| client.accept_offer(now, offer).unwrap());
    sim.command(Command::AcceptAnswer(who.peer, answer));
}

#[test]
fn fifty_people_see_the_four_who_show_themselves_and_hear_all() {
    let mut sim = Sim::new(4);
    let mut feeds = Vec::new();
    for number in 0..50 {
        let video = (number < 4).then(Video::simulcast);
        let (who, tracks) = sim.publish(Some(opus()), video, OPEN);
        feeds.push((who.peer, tracks));
    }
    let watchers: Vec<Who> = (0..50)
        .map(|_| {
            let feeds: Vec<_> = feeds.iter().take(8).cloned().collect();
            sim.subscribe(&feeds, ALL)
        })
        .collect();
    sim.connect_all();
    sim.run_secs(4);
    assert_eq!(sim.connected().len(), 100);
    for watcher in &watchers {
        assert_eq!(sim.reports(*watcher, Kind::Video).count(), 4);
        for track in sim.reports(*watcher, Kind::Video) {
            assert!(
                track.video.decodable && track.video.frames_decoded > 60,
                "{:?}",
                track.video
            );
        }
        assert_eq!(sim.reports(*watcher, Kind::Audio).count(), 8);
    }
    let counters = sim.shard.counters();
    assert_eq!(counters.packets_dropped, 0);
    for (peer, _) in &feeds {
        sim.command(Command::Remove(*peer));
    }
    for watcher in &watchers {
        sim.command(Command::Remove(watcher.peer));
    }
    assert_eq!(sim.shard.entries(), 0);
}
