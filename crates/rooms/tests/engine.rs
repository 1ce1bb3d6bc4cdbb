//! A call on the real media engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use greenroom_domain::Entropy;
use greenroom_media::{Engine, EngineConfig, MediaEvent, NegotiationError};
use greenroom_rooms::call::media::{Media, MediaEngine};
use tokio::sync::mpsc;

/// Bytes that differ each time (`SplitMix64`).
#[derive(Debug, Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, out: &mut [u8]) {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        for chunk in out.chunks_mut(8) {
            let mut word = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

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
