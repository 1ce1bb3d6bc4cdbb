//! Media goes where it should.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use greenroom_headless::{AudioPacket, Event, Video};
use greenroom_media::{EngineConfig, MediaEvent, MixLegSettings, PeerEnd};

use crate::sound::{strength, tone};
use crate::world::{Pipe, World};

#[test]
fn two_subscribers_see_and_hear_a_publisher() {
    let mut world = World::new();
    let pipe = world.udp();
    let (publisher, peer, tracks) = world.publish(pipe, Some(tone(440)), Some(Video::simulcast()));
    world.until_told(&MediaEvent::Connected(peer));
    let feeds = [(peer, tracks)];
    let (first, first_peer) = {
        let pipe = world.udp();
        world.subscribe(pipe, &feeds)
    };
    let (second, _) = {
        let pipe = world.udp();
        world.subscribe(pipe, &feeds)
    };
    world.until("both see 60 frames", |world| {
        world.seats[first].frames() >= 60 && world.seats[second].frames() >= 60
    });
    for who in [first, second] {
        let audio = world.seats[who]
            .client
            .tracks()
            .filter(|track| track.video.frames_decoded == 0)
            .map(|track| track.packets)
            .sum::<u64>();
        assert!(audio > 50, "{audio} packets of audio");
    }
    assert!(world.told.contains(&MediaEvent::Connected(first_peer)));
    assert!(world.told.contains(&MediaEvent::Talking(peer, true)));

    world.seats[publisher].client.close(crate::world::now());
    world.until_told(&MediaEvent::Ended(peer, PeerEnd::ClosedByPeer));
    world.until("the figures say so", |world| {
        let stats = world.engine.stats();
        let shard = &stats.shards[0];
        shard.forwarding.packets_forwarded > 200
            && shard.forwarding.peers == 2
            && shard.rooms == 1
            && shard.datagrams_dropped == 0
    });
}

fn heard(world: &World, who: usize) -> Vec<&AudioPacket> {
    world.seats[who]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Audio(packet) => Some(packet),
            _ => None,
        })
        .collect()
}

#[test]
fn each_leg_hears_the_other_and_not_itself() {
    let mut world = World::new();
    let pipe = world.udp();
    let (low, low_peer) = world.join_mix(pipe, tone(400));
    let pipe = world.udp();
    let (high, high_peer) = world.join_mix(pipe, tone(1_000));
    world.until_told(&MediaEvent::Talking(low_peer, true));
    world.until_told(&MediaEvent::Talking(high_peer, true));
    for who in [low, high] {
        world.seats[who].events.clear();
    }
    world.until("both have heard a second", |world| {
        heard(world, low).len() >= 50 && heard(world, high).len() >= 50
    });
    for (who, other_hz, own_hz) in [(low, 1_000, 400), (high, 400, 1_000)] {
        let heard = heard(&world, who);
        let (other, own) = (strength(&heard, other_hz), strength(&heard, own_hz));
        assert!(other > 0.1, "{other_hz} Hz is heard as {other}");
        assert!(own < 0.01, "{own_hz} Hz, its own, is heard as {own}");
    }

    world
        .room
        .configure_mix_leg(low_peer, MixLegSettings { muted: true });
    world.flush();
    world.until_told(&MediaEvent::Talking(low_peer, false));
    world.room.close(high_peer);
    world.flush();
    world.until("only one is left to be mixed", |world| {
        let stats = world.engine.stats();
        stats.mixers[0].legs == 1 && stats.shards[0].forwarding.peers == 1
    });
}

#[test]
fn text_goes_both_ways() {
    let mut world = World::new();
    let pipe = world.udp();
    let (who, peer) = world.open_text(pipe);
    world.until_told(&MediaEvent::TextOpened(peer));
    world.until("its channel is open", |world| {
        world.seats[who].channel_is_open()
    });
    let said = "hello, Grüße";
    assert!(world.seats[who].client.send_text(crate::world::now(), said));
    world.until_told(&MediaEvent::Text(peer, said.to_owned()));
    world.room.send_text(peer, "and back".to_owned());
    world.flush();
    world.until("it has come back", |world| {
        world.seats[who].texts() == ["and back"]
    });
}

#[test]
fn who_has_no_udp_takes_tcp() {
    let mut world = World::new();
    let pipe = world.tcp();
    let (_, peer, tracks) = world.publish(pipe, Some(tone(440)), Some(Video::simulcast()));
    world.until_told(&MediaEvent::Connected(peer));
    let pipe = world.tcp();
    let (by_tcp, _) = world.subscribe(pipe, &[(peer, tracks.clone())]);
    let pipe = world.udp();
    let (by_udp, _) = world.subscribe(pipe, &[(peer, tracks)]);
    world.until("both see 30 frames", |world| {
        world.seats[by_tcp].frames() >= 30 && world.seats[by_udp].frames() >= 30
    });
    let connections = |world: &World| world.engine.stats().shards[0].tcp_connections;
    world.until("two connections are counted", |world| {
        connections(world) == 2
    });
    // The client knows nothing of it, and goes on.
    world.room.close(peer);
    world.flush();
    world.until("its connection is closed", |world| connections(world) == 1);
}

#[test]
fn behind_a_nat_clients_know_another_address() {
    let public = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
    let mut world = World::with(&EngineConfig {
        public_ips: vec![public],
        ..EngineConfig::loopback()
    });
    let server = world.engine.addresses()[0].udp[0];
    assert_eq!(server.ip(), public);
    let real = (Ipv4Addr::LOCALHOST, server.port()).into();
    let (who, peer) = world.open_text(Pipe::udp(server, real));
    world.until_told(&MediaEvent::TextOpened(peer));
    assert!(world.seats[who].client.is_connected());
}

#[test]
fn the_wildcard_answers_from_the_address_that_was_asked() {
    let mut world = World::with(&EngineConfig {
        bind: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        // Two addresses of this machine; the kernel would choose the first for both.
        public_ips: vec![
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)),
        ],
        ..EngineConfig::loopback()
    });
    for server in world.engine.addresses()[0].udp.clone() {
        let (_, peer) = world.open_text(Pipe::udp(server, server));
        world.until_told(&MediaEvent::TextOpened(peer));
    }
}
