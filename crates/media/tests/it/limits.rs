//! What there is too much of.

use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};

use greenroom_headless::Video;
use greenroom_media::{
    Engine, EngineConfig, MediaEvent, NegotiationError, PeerEnd, PortKind, StartError,
};

use crate::sound::tone;
use crate::world::{HEARD, World, entropy, now, take_turn};

#[test]
fn a_taken_port_is_told() {
    let _turn = take_turn();
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let config = EngineConfig {
        udp_port: address.port(),
        ..EngineConfig::loopback()
    };
    let error = Engine::start(&config, entropy()).unwrap_err();
    assert!(
        matches!(
            &error,
            StartError::PortTaken { kind: PortKind::Udp, address: told } if *told == address
        ),
        "{error}"
    );

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = EngineConfig {
        tcp_port: Some(taken.local_addr().unwrap().port()),
        ..EngineConfig::loopback()
    };
    let error = Engine::start(&config, entropy()).unwrap_err();
    assert!(
        error.to_string().contains("media.tcp_port") && !error.to_string().contains('\n'),
        "{error}"
    );
}

#[test]
fn ports_have_an_end() {
    let _turn = take_turn();
    let config = EngineConfig {
        udp_port: u16::MAX,
        shards: std::num::NonZeroUsize::new(2).unwrap(),
        ..EngineConfig::loopback()
    };
    let error = Engine::start(&config, entropy()).unwrap_err();
    // The first of them may be taken on this machine, which is told before.
    assert!(
        matches!(
            error,
            StartError::TooFewPorts {
                first: u16::MAX,
                shards: 2,
                ..
            } | StartError::PortTaken { .. }
        ),
        "{error}"
    );
}

#[test]
fn a_shard_has_so_many_places() {
    let mut world = World::with(&EngineConfig {
        peers_per_shard_max: 2,
        ..EngineConfig::loopback()
    });
    let (first, _) = world.room.open_text().unwrap();
    let (_second, _) = world.room.open_text().unwrap();
    assert_eq!(
        world.room.open_text().err(),
        Some(NegotiationError::Unavailable)
    );
    world.room.close(first);
    let (third, _) = world.room.open_text().unwrap();
    world.room.close(third);
    assert!(matches!(
        world.room.publish("v=0\r\n", HEARD),
        Err(NegotiationError::Malformed)
    ));
    // What could not be answered holds no place; what is on the shard does, until it has ended there.
    let pipe = world.udp();
    let (_, peer, _) = world.publish(pipe, Some(tone(440)), None);
    assert_eq!(
        world.room.open_text().err(),
        Some(NegotiationError::Unavailable)
    );
    world.room.close(peer);
    world.flush();
    world.until("its place is free again", |world| {
        world.room.open_text().is_ok()
    });
}

#[test]
fn garbage_does_not_disturb_a_call() {
    let mut world = World::new();
    let pipe = world.udp();
    let (_, peer, tracks) = world.publish(pipe, Some(tone(440)), Some(Video::simulcast()));
    let pipe = world.udp();
    let (who, _) = world.subscribe(pipe, &[(peer, tracks)]);
    world.until("there is a picture", |world| world.seats[who].frames() > 10);
    let addresses = world.engine.addresses()[0].clone();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut random = fastrand::Rng::with_seed(5);
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            while !done.load(Ordering::Relaxed) {
                let mut datagram = vec![0; random.usize(0..1_500)];
                random.fill(&mut datagram);
                // Every other one looks like STUN, DTLS or RTP at first sight.
                if let Some(first) = datagram.first_mut()
                    && random.bool()
                {
                    *first = random.choice([0, 1, 20, 22, 23, 128, 144]).unwrap_or(0);
                }
                let _ = socket.send_to(&datagram, addresses.udp[0]);
                if random.u8(..) == 0
                    && let Ok(mut stream) = TcpStream::connect(addresses.tcp[0])
                {
                    let _ = stream.write_all(&datagram);
                }
            }
        });
        let before = world.seats[who].frames();
        world.until("the picture goes on", |world| {
            world.seats[who].frames() > before + 60
        });
        world.until("the garbage was seen", |world| {
            world.engine.stats().shards[0].forwarding.datagrams_unknown > 1_000
        });
        done.store(true, Ordering::Relaxed);
    });
    assert!(world.engine.is_healthy());
    assert!(
        !world
            .told
            .iter()
            .any(|event| matches!(event, MediaEvent::Ended(..))),
        "{:?}",
        world.told
    );
}

#[test]
fn a_room_that_takes_nothing_loses_its_talkative_texts_only() {
    let mut world = World::new();
    let pipe = world.udp();
    let (_, publisher, tracks) = world.publish(pipe, None, Some(Video::simulcast()));
    let pipe = world.udp();
    let (viewer, _) = world.subscribe(pipe, &[(publisher, tracks)]);
    let pipe = world.udp();
    let (talkative, talkative_peer) = world.open_text(pipe);
    let pipe = world.udp();
    let (silent, silent_peer) = world.open_text(pipe);
    world.until_told(&MediaEvent::TextOpened(talkative_peer));
    world.until_told(&MediaEvent::TextOpened(silent_peer));
    world.until("the channel is open", |world| {
        world.seats[talkative].channel_is_open()
    });

    world.listens = false;
    let text = "x".repeat(10_000);
    world.until("it is closed for talking on and on", |world| {
        let seat = &mut world.seats[talkative];
        seat.client.send_text(now(), &text);
        seat.is_closed()
    });
    let frames = world.seats[viewer].frames();
    world.until("the picture goes on", |world| {
        world.seats[viewer].frames() > frames + 30
    });
    assert!(world.seats[silent].client.is_connected());

    world.listens = true;
    world.until_told(&MediaEvent::Ended(talkative_peer, PeerEnd::Overrun));
    let told_last = world
        .told
        .iter()
        .rposition(|event| matches!(event, MediaEvent::Text(..)));
    let ended = world
        .told
        .iter()
        .position(|event| matches!(event, MediaEvent::Ended(..)));
    assert!(told_last < ended, "texts come before the end");
    world.seats[silent].client.send_text(now(), "still here");
    world.until_told(&MediaEvent::Text(silent_peer, "still here".to_owned()));
    world.until("it is counted", |world| {
        world.engine.stats().shards[0].text_overruns == 1
    });
}
