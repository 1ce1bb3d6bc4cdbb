//! The engine: starts the media threads, opens rooms on them, and stops them.

mod listening;
mod start;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use greenroom_domain::Entropy;
use greenroom_sfu::{Negotiator, ShardAddresses};
use tokio::sync::mpsc;

use crate::config::{EngineConfig, StartError};
use crate::control::{Counted, ROOMS_PER_SHARD_MAX, RoomKey, ShardLane};
use crate::event::MediaEvent;
use crate::events::EVENTS_MAX;
use crate::room::RoomMedia;
use crate::stats::{Board, EngineStats, MixerStats, ShardStats};
use crate::threads::{Crew, StillRunning};
use listening::Listening;

/// How long dropping an engine that was not stopped waits for its threads.
const DROP_LIMIT: Duration = Duration::from_secs(5);

/// One shard as the control side sees it.
pub(crate) struct ShardSeen {
    lane: ShardLane,
    rooms: Arc<AtomicUsize>,
    peers: Arc<AtomicUsize>,
    board: Arc<Board<ShardStats>>,
}

/// One mixer thread as the control side sees it.
pub(crate) struct MixerSeen {
    alive: Arc<AtomicBool>,
    /// Rooms that would mix there.
    rooms: Arc<AtomicUsize>,
    board: Arc<Board<MixerStats>>,
    thread: std::thread::Thread,
}

/// What rooms need of the engine.
pub(crate) struct Shared {
    pub(crate) negotiator: Negotiator,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) next_peer: AtomicU64,
    next_room: AtomicU64,
    shards: Vec<ShardSeen>,
    mixers: Vec<MixerSeen>,
    peers_per_shard_max: usize,
    stopping: Arc<AtomicBool>,
}

impl Shared {
    /// The lanes to a shard.
    pub(crate) fn lane(&self, shard: usize) -> Option<&ShardLane> {
        self.shards.get(shard).map(|shard| &shard.lane)
    }

    /// The shard with the least to do, and a place on it if there is one. Work that was measured
    /// comes first, in steps of a tenth; then connections and rooms, which are known at once.
    pub(crate) fn place_room(&self) -> (usize, Option<Counted>) {
        let least = self
            .shards
            .iter()
            .enumerate()
            .filter(|(_, shard)| shard.lane.is_alive())
            .min_by_key(|(_, shard)| {
                (
                    shard.board.busy_permille() / 100,
                    shard.peers.load(Ordering::Relaxed),
                    shard.rooms.load(Ordering::Relaxed),
                )
            });
        match least {
            Some((index, shard)) if !self.stopping.load(Ordering::Relaxed) => {
                (index, Counted::take(&shard.rooms, ROOMS_PER_SHARD_MAX))
            }
            Some(_) | None => (0, None),
        }
    }

    /// The mixer thread with the least to do.
    pub(crate) fn place_mix(&self) -> (usize, Option<Counted>) {
        let least = self
            .mixers
            .iter()
            .enumerate()
            .filter(|(_, mixer)| mixer.alive.load(Ordering::Relaxed))
            .min_by_key(|(_, mixer)| {
                (
                    mixer.board.busy_permille() / 100,
                    mixer.board.load(),
                    mixer.rooms.load(Ordering::Relaxed),
                )
            });
        least.map_or((0, None), |(index, mixer)| {
            (index, Counted::take(&mixer.rooms, usize::MAX))
        })
    }

    /// One more connection on a shard, if there may be one.
    pub(crate) fn count_peer(&self, shard: usize) -> Option<Counted> {
        let shard = self.shards.get(shard)?;
        if !shard.lane.is_alive() || self.stopping.load(Ordering::Relaxed) {
            return None;
        }
        Counted::take(&shard.peers, self.peers_per_shard_max)
    }

    fn wake_all(&self) {
        for shard in &self.shards {
            shard.lane.wake();
        }
        for mixer in &self.mixers {
            mixer.thread.unpark();
        }
    }
}

/// The media engine: its threads, and what can be asked of them.
pub struct Engine {
    shared: Arc<Shared>,
    addresses: Vec<ShardAddresses>,
    listening: Listening,
    crew: Mutex<Crew>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Binds all ports and starts all threads.
    pub fn start(config: &EngineConfig, entropy: Arc<dyn Entropy>) -> Result<Self, StartError> {
        start::start(config, entropy)
    }

    /// Opens a room: its part of the engine, and what happens to its connections. Never fails: where
    /// the engine can take no more, the room's connections are refused.
    ///
    /// The lane holds 256 events; the engine does not wait for them to be taken, see `docs/media.md`.
    /// It ends when the shard is gone.
    pub fn open_room(&self) -> (RoomMedia, mpsc::Receiver<MediaEvent>) {
        let (events, lane) = mpsc::channel(EVENTS_MAX);
        let room = RoomKey(self.shared.next_room.fetch_add(1, Ordering::Relaxed));
        (
            RoomMedia::open(Arc::clone(&self.shared), room, events),
            lane,
        )
    }

    /// What clients are told, by shard.
    pub fn addresses(&self) -> &[ShardAddresses] {
        &self.addresses
    }

    /// Logs where media is and what clients are told; warns if that are private addresses only.
    pub fn log_addresses(&self) {
        self.listening.log();
    }

    /// Whether no media thread has failed.
    pub fn is_healthy(&self) -> bool {
        self.threads_failed() == 0
    }

    /// Those that ended without being told to.
    fn threads_failed(&self) -> usize {
        if self.shared.stopping.load(Ordering::Relaxed) {
            return 0;
        }
        let shards = self.shared.shards.iter();
        let mixers = self.shared.mixers.iter();
        shards
            .map(|shard| shard.lane.is_alive())
            .chain(mixers.map(|mixer| mixer.alive.load(Ordering::Relaxed)))
            .filter(|alive| !alive)
            .count()
    }

    /// What was done so far, not older than a second.
    pub fn stats(&self) -> EngineStats {
        EngineStats {
            shards: self
                .shared
                .shards
                .iter()
                .map(|shard| shard.board.read())
                .collect(),
            mixers: self
                .shared
                .mixers
                .iter()
                .map(|mixer| mixer.board.read())
                .collect(),
            threads_failed: self.threads_failed() as u64,
        }
    }

    /// Ends all threads and joins them; whatever is connected is cut. Blocks for `limit` at most.
    pub fn stop(&self, limit: Duration) -> Result<(), StillRunning> {
        self.shared.stopping.store(true, Ordering::Relaxed);
        self.shared.wake_all();
        self.crew
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .join(limit)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(error) = self.stop(DROP_LIMIT) {
            tracing::warn!(%error, "the media engine was dropped");
        }
    }
}

#[cfg(test)]
mod tests;
