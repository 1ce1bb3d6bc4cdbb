//! What the tests of several files stand on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use greenroom_domain::clock::Clock;
use greenroom_domain::{AccountId, Entropy, Timestamp};
use greenroom_rooms::call::media::NoMedia;
use greenroom_rooms::call::{NoteTaker, Patience};
use greenroom_rooms::door::DoorkeeperParts;
use greenroom_rooms::limiters::Quotas;
use greenroom_rooms::live::ReusePolicy;
use greenroom_rooms::{
    Calls, History, Keys, Limiters, LiveRooms, Revocations, RoomDirectory, Rotations, Stats,
};
use greenroom_store::{Account, Store};
use greenroom_token::{KeyRing, SigningKey, VerifyPolicy};

/// Bytes that differ each time (`SplitMix64`).
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU64);

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

/// Signing keys of which one is active.
pub(crate) fn fresh_keys(entropy: &Counting, now: Timestamp) -> Arc<Keys> {
    let key = || Arc::new(SigningKey::generate(entropy).unwrap());
    Arc::new(Keys::new(KeyRing::start(key(), key(), now).unwrap()))
}

/// An account that owns rooms.
pub(crate) fn account(id: AccountId, now: Timestamp) -> Account {
    Account {
        id,
        created_at: now,
    }
}

/// What a doorkeeper is made of, with calls that have no media.
pub(crate) async fn parts(
    store: Arc<dyn Store>,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    entropy: Arc<Counting>,
) -> DoorkeeperParts {
    parts_and_history(store, keys, clock, entropy).await.0
}

/// The same, and the history that the calls tell.
pub(crate) async fn parts_and_history(
    store: Arc<dyn Store>,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    entropy: Arc<Counting>,
) -> (DoorkeeperParts, Arc<History>) {
    let live = Arc::new(LiveRooms::default());
    let stats = Arc::new(Stats::default());
    let revocations = Revocations::load(Arc::clone(&store), clock.now()).await;
    let revocations = Arc::new(revocations.unwrap());
    let history = History::new(
        15,
        Arc::clone(&clock),
        Arc::clone(&entropy) as Arc<dyn Entropy>,
        Arc::clone(&stats),
    );
    let calls = Calls::new(
        NoMedia,
        Arc::clone(&clock),
        Arc::clone(&entropy) as Arc<dyn Entropy>,
        Arc::clone(&stats),
        Arc::clone(&history) as Arc<dyn NoteTaker>,
        Patience::default(),
        None,
    );
    let parts = DoorkeeperParts {
        directory: Arc::new(RoomDirectory::new(
            Arc::clone(&store),
            Arc::clone(&live),
            Arc::clone(&calls),
            Arc::clone(&history),
            clock,
            entropy,
        )),
        live,
        calls,
        keys,
        rotations: Rotations::new(store, Arc::clone(&revocations)),
        revocations,
        limiters: Arc::new(Limiters::new(Quotas::default())),
        stats,
        verify_policy: VerifyPolicy::default(),
        reuse_policy: ReusePolicy::Allow,
    };
    (parts, history)
}
