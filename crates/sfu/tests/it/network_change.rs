//! Addresses that change, peers that vanish, datagrams of nobody.

use std::net::SocketAddr;
use std::time::Duration;

use greenroom_headless::{Kind, Video};
use greenroom_sfu::{End, Event};

use crate::sim::{ALL, OPEN, Sim, Who, opus};

fn playing(seed: u64) -> (Sim, Who, Who) {
    let mut sim = Sim::new(seed);
    let (ann, tracks) = sim.publish(Some(opus()), Some(Video::single(800_000)), OPEN);
    let ben = sim.subscribe(&[(ann.peer, tracks)], ALL);
    sim.connect_all();
    sim.run_secs(2);
    (sim, ann, ben)
}

fn sees_again(sim: &mut Sim, who: Who, within: Duration) {
    let since = sim.now + Duration::from_millis(100);
    sim.run_until(within, "a picture", |sim| {
        let video = sim.report(who, Kind::Video).video;
        video.decodable && video.last_decoded.is_some_and(|last| last > since)
    });
}

#[test]
fn a_publisher_and_a_subscriber_may_get_new_addresses() {
    let (mut sim, ann, ben) = playing(1);
    for _ in 0..2 {
        sim.rebind(ben);
        sees_again(&mut sim, ben, Duration::from_secs(8));
        sim.rebind(ann);
        sees_again(&mut sim, ben, Duration::from_secs(8));
    }
    sim.run_secs(20);
    assert!(sim.report(ben, Kind::Video).video.decodable);
    let ended = |event: &Event| matches!(event, Event::Ended(..));
    assert!(!sim.events.iter().any(|(_, event)| ended(event)));
}

#[test]
fn who_vanishes_is_noticed_within_fifteen_seconds() {
    let (mut sim, ann, ben) = playing(2);
    sim.vanish(ann);
    let took = sim.run_until(Duration::from_secs(20), "noticing", |sim| {
        sim.events
            .contains_last(&Event::Ended(ann.peer, End::TimedOut))
    });
    assert!(took < Duration::from_millis(13_100), "{took:?}");
    assert!(took > Duration::from_secs(5), "{took:?}");
    sim.run_secs(10);
    assert!(sim.client(ben).is_connected());
    assert_eq!(sim.shard.counters().peers, 1);
}

#[test]
fn who_is_silent_but_there_stays() {
    let (mut sim, ann, ben) = playing(3);
    sim.with(ann, |client, _| {
        client.set_audio(false);
        client.set_video(false);
    });
    sim.run_secs(60);
    assert_eq!(sim.shard.counters().peers, 2);
    sim.with(ann, |client, _| client.set_video(true));
    sees_again(&mut sim, ben, Duration::from_secs(2));
}

#[test]
fn who_closes_is_noticed_at_once() {
    let (mut sim, ann, _) = playing(4);
    sim.with(ann, greenroom_headless::Client::close);
    let took = sim.run_until(Duration::from_secs(1), "noticing", |sim| {
        sim.events
            .contains_last(&Event::Ended(ann.peer, End::ClosedByPeer))
    });
    assert!(took < Duration::from_millis(100), "{took:?}");
}

#[test]
fn who_never_comes_is_given_up() {
    let mut sim = Sim::new(5);
    let (ann, _) = sim.publish(Some(opus()), None, OPEN);
    sim.vanish(ann);
    sim.run_until(Duration::from_secs(31), "giving up", |sim| {
        sim.events
            .contains_last(&Event::Ended(ann.peer, End::NeverConnected))
    });
    assert_eq!(sim.elapsed().as_secs(), 30);
    assert_eq!(sim.shard.entries(), 0);
}

#[test]
fn datagrams_of_nobody_are_dropped_and_those_in_anothers_name_do_no_harm() {
    let (mut sim, ann, ben) = playing(6);
    let mut random = fastrand::Rng::with_seed(7);
    let stranger: SocketAddr = "203.0.113.9:4000".parse().unwrap();
    let sources = [stranger, sim.address(ann), sim.address(ben)];
    let unknown = sim.shard.counters().datagrams_unknown;
    for round in 0..3_000_usize {
        let mut datagram = vec![0; random.usize(0..120)];
        random.fill(&mut datagram);
        // Of every kind that is told apart by its first byte (RFC 7983).
        if let Some(first) = datagram.first_mut() {
            *first = [0, 1, 22, 63, 128, 129, 144, 191, 255][round % 9];
        }
        sim.inject(sources[round % sources.len()], &datagram);
        sim.run_for(Duration::from_millis(1));
    }
    assert!(sim.shard.counters().datagrams_unknown > unknown + 1_000);
    assert_eq!(sim.shard.counters().faults, 0);
    assert_eq!(sim.shard.counters().peers, 2);
    sees_again(&mut sim, ben, Duration::from_secs(2));
}

/// Whether the newest event is that.
trait ContainsLast {
    fn contains_last(&self, event: &Event) -> bool;
}

impl ContainsLast for Vec<(Duration, Event)> {
    fn contains_last(&self, event: &Event) -> bool {
        self.last().is_some_and(|(_, last)| last == event)
    }
}
