//! Rooms and engines come and go, and leave nothing behind.

use std::fs;
use std::num::NonZeroUsize;
use std::time::Duration;

use greenroom_headless::Video;
use greenroom_media::{EngineConfig, MediaEvent, NegotiationError};
use tokio::sync::mpsc::error::TryRecvError;

use crate::sound::tone;
use crate::world::{HEARD, World, block_on};

const LONG: Duration = Duration::from_secs(30);

/// The media threads of this process, and its open handles.
fn leftovers() -> (usize, usize) {
    let threads = fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("media-"))
        .count();
    let handles = fs::read_dir("/proc/self/fd").unwrap().count();
    (threads, handles)
}

#[test]
fn a_dropped_room_ends_its_connections() {
    let mut world = World::new();
    let pipe = world.udp();
    let (publisher, peer, tracks) = world.publish(pipe, Some(tone(440)), Some(Video::simulcast()));
    let pipe = world.udp();
    let (subscriber, _) = world.subscribe(pipe, &[(peer, tracks)]);
    let pipe = world.udp();
    let (leg, _) = world.join_mix(pipe, tone(800));
    world.until("all are there", |world| {
        world.seats[subscriber].frames() > 10 && world.seats[leg].packets() > 10
    });
    let (other, _lane) = world.engine.open_room();
    drop(std::mem::replace(&mut world.room, other));
    world.until("all are closed", |world| {
        [publisher, subscriber, leg]
            .iter()
            .all(|who| world.seats[*who].is_closed())
    });
    world.until("nothing is left", |world| {
        let stats = world.engine.stats();
        stats.shards[0].rooms == 0
            && stats.shards[0].forwarding.peers == 0
            && stats.mixers[0].legs == 0
    });
    world.until("the room hears no more", |world| {
        world.lane.try_recv() == Err(TryRecvError::Disconnected)
    });
}

#[test]
fn hundreds_of_rooms_leave_nothing() {
    let mut world = World::with(&EngineConfig {
        shards: NonZeroUsize::new(2).unwrap(),
        mixers: NonZeroUsize::new(2).unwrap(),
        ..EngineConfig::loopback()
    });
    let setup = greenroom_headless::Setup {
        now: crate::world::now(),
        epoch: crate::world::now(),
        local: "127.0.0.1:9".parse().unwrap(),
        seed: 1,
    };
    let (_, publishing) =
        greenroom_headless::Client::publisher(&setup, Some(tone(440)), None).unwrap();
    let (_, mixing) = greenroom_headless::Client::mix_leg(&setup, tone(440), false).unwrap();
    let before = leftovers();
    let mut busiest = [0; 2];
    for _ in 0..5 {
        let rooms: Vec<_> = (0..60)
            .map(|_| {
                let (mut room, lane) = world.engine.open_room();
                let (peer, _, tracks) = room.publish(&publishing, HEARD).unwrap();
                room.join_mix(&mixing, greenroom_media::MixLegSettings { muted: false })
                    .unwrap();
                room.subscribe(&[(peer, tracks)], crate::world::ALL)
                    .unwrap();
                block_on(room.flush());
                (room, lane)
            })
            .collect();
        world.until("all rooms are there", |world| {
            let stats = world.engine.stats();
            for (busiest, shard) in busiest.iter_mut().zip(&stats.shards) {
                *busiest = shard.rooms.max(*busiest);
            }
            stats.shards.iter().map(|shard| shard.rooms).sum::<u64>() == 60
        });
        drop(rooms);
        world.until("no room is left", |world| {
            let stats = world.engine.stats();
            stats
                .shards
                .iter()
                .all(|shard| shard.rooms == 0 && shard.forwarding.peers == 0)
                && stats.mixers.iter().all(|mixer| mixer.legs == 0)
        });
    }
    assert!(busiest.iter().all(|rooms| *rooms >= 10), "{busiest:?}");
    assert_eq!(leftovers(), before);
    assert_eq!(before.0, 4);
}

#[test]
fn a_stopped_engine_has_no_threads_and_takes_nobody() {
    let mut world = World::new();
    let pipe = world.udp();
    let (_, peer) = world.open_text(pipe);
    world.until_told(&MediaEvent::TextOpened(peer));
    assert_eq!(world.engine.stop(LONG), Ok(()));
    assert_eq!(leftovers().0, 0);
    assert_eq!(
        world.room.open_text().err(),
        Some(NegotiationError::Unavailable)
    );
    let (mut late, mut lane) = world.engine.open_room();
    assert_eq!(
        late.publish("v=0\r\n", HEARD).err(),
        Some(NegotiationError::Unavailable)
    );
    assert_eq!(lane.try_recv(), Err(TryRecvError::Disconnected));
    world.room.send_text(peer, "nobody takes it".to_owned());
    world.flush();
    block_on(late.flush());
    world.until("the room knows", |world| {
        world.lane.try_recv() == Err(TryRecvError::Disconnected)
    });
    assert_eq!(world.engine.stop(LONG), Ok(()));
}
