//! A call on the real media engine.

use std::sync::Arc;

use greenroom_media::{Engine, EngineConfig, MediaEvent, NegotiationError};
use greenroom_rooms::call::media::{Media, MediaEngine};
use tokio::sync::mpsc;

use crate::support::Counting;

/// Opens a room as the hub of calls does.
fn open<E: MediaEngine>(engine: &E) -> (impl Media + use<E>, mpsc::Receiver<MediaEvent>) {
    engine.open_room()
}

#[tokio::test]
async fn the_engine_is_one_that_calls_can_use() {
    let engine = Engine::start(&EngineConfig::loopback(), Arc::new(Counting::default()));
    let engine = Arc::new(engine.unwrap());
    let (mut room, mut events) = open(&engine);
    let (peer, offer) = room.open_text().unwrap();
    assert!(offer.contains("webrtc-datachannel"), "{offer}");
    assert_eq!(
        room.accept_answer(peer, "nonsense"),
        Err(NegotiationError::Malformed)
    );
    room.close(peer);
    room.flush().await;
    // A room that goes takes nothing else along.
    let (mut other, _events) = open(&engine);
    drop(room);
    assert_eq!(events.recv().await, None);
    let (second, _) = other.open_text().unwrap();
    assert_ne!(second, peer);
    other.flush().await;
    assert!(engine.is_healthy());
}
