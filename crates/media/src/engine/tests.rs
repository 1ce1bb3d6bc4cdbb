//! Media threads that fail. What else the engine does is tested from outside.

use std::sync::PoisonError;

use greenroom_headless::{Audio, Client, Setup};
use greenroom_sfu::{MixLegSettings, NegotiationError};
use tokio::sync::mpsc::Receiver;

use super::*;
use crate::clock;
use crate::control::Control;

const LONG: Duration = Duration::from_secs(30);

struct Seeded(Mutex<fastrand::Rng>);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill(out);
    }
}

fn engine() -> Engine {
    let entropy = Seeded(Mutex::new(fastrand::Rng::with_seed(3)));
    Engine::start(&EngineConfig::loopback(), Arc::new(entropy)).unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

/// Lets the shard fail, or the mixer.
fn fail(engine: &Engine, mixer: Option<usize>) {
    let lane = engine.shared.lane(0).unwrap();
    let permit = block_on(lane.reserve()).unwrap();
    permit.send(Control::Fail { mixer });
    lane.wake();
}

/// All that the room is told, until it is told no more.
fn to_the_end(lane: &mut Receiver<MediaEvent>) -> Vec<MediaEvent> {
    std::iter::from_fn(|| lane.blocking_recv()).collect()
}

#[test]
fn rooms_are_told_that_their_shard_has_failed() {
    let engine = engine();
    let mut rooms: Vec<_> = (0..3).map(|_| engine.open_room()).collect();
    for (room, _) in &mut rooms {
        block_on(room.flush());
    }
    assert!(engine.is_healthy());
    fail(&engine, None);
    for (room, lane) in &mut rooms {
        assert_eq!(to_the_end(lane), [MediaEvent::Lost]);
        // The lane has ended, so the thread has.
        assert_eq!(room.open_text().err(), Some(NegotiationError::Unavailable));
        room.send_text(greenroom_sfu::PeerId(1), "for nobody".to_owned());
        block_on(room.flush());
    }
    assert!(!engine.is_healthy());
    assert_eq!(engine.stats().threads_failed, 1);
    let (_, mut late) = engine.open_room();
    assert_eq!(to_the_end(&mut late), []);
    assert_eq!(engine.stop(LONG), Ok(()));
}

#[test]
fn rooms_with_a_mix_are_told_that_their_mixer_has_failed() {
    let engine = engine();
    let (mut mixing, mut mixing_lane) = engine.open_room();
    let (mut silent, mut silent_lane) = engine.open_room();
    let setup = Setup {
        now: clock::now(),
        epoch: clock::now(),
        local: "127.0.0.1:9".parse().unwrap(),
        seed: 1,
    };
    let audio = Audio {
        packets: Arc::from([]),
        level: 127,
        on: false,
    };
    let (_client, offer) = Client::mix_leg(&setup, audio, false).unwrap();
    mixing
        .join_mix(&offer, MixLegSettings { muted: false })
        .unwrap();
    block_on(mixing.flush());
    block_on(silent.flush());
    fail(&engine, Some(0));
    assert_eq!(mixing_lane.blocking_recv(), Some(MediaEvent::Lost));
    assert!(!engine.is_healthy());
    assert!(silent.open_text().is_ok());
    drop(silent);
    assert_eq!(to_the_end(&mut silent_lane), []);
    assert_eq!(engine.stop(LONG), Ok(()));
}
