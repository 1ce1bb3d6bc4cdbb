//! What the media threads have done: counted by each for itself, copied out once a second.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a shard did since the start, and how it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShardStats {
    /// Datagrams that the system did not take: no room in a buffer, or no way there.
    pub datagrams_dropped: u64,
    /// Audio packets that the mixer was too busy to take.
    pub mix_packets_dropped: u64,
    /// ICE-TCP connections taken.
    pub tcp_accepted: u64,
    /// ICE-TCP connections closed for good reason: idle, stuck, unknown, too many.
    pub tcp_closed: u64,
    /// Datagrams left out since their TCP peer was too slow, or gone.
    pub tcp_dropped: u64,
    /// ICE-TCP connections now.
    pub tcp_connections: u64,
    /// Rooms now.
    pub rooms: u64,
    /// Text connections closed since their room took nothing.
    pub text_overruns: u64,
    /// What the forwarding counted, connections and datagrams among it.
    pub forwarding: greenroom_sfu::Counters,
    /// Share of the last second in which it worked, in thousandths.
    pub busy_permille: u32,
}

/// What a mixer thread did since the start, and how it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MixerStats {
    /// Legs now.
    pub legs: u64,
    /// Runs that began more than 5 ms after they were due.
    pub late_runs: u64,
    /// Mixed frames that their shard was too busy to take.
    pub frames_dropped: u64,
    /// What the mixing counted.
    pub mixing: greenroom_mixer::Counters,
    /// Share of the last second in which it worked, in thousandths.
    pub busy_permille: u32,
}

/// What the whole engine did since the start, and how it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineStats {
    /// Each shard.
    pub shards: Vec<ShardStats>,
    /// Each mixer thread.
    pub mixers: Vec<MixerStats>,
    /// Media threads that have failed.
    pub threads_failed: u64,
}

/// Where one thread leaves its figures, for others to read. The thread never waits.
#[derive(Debug, Default)]
pub(crate) struct Board<T> {
    figures: Mutex<T>,
    busy_permille: AtomicU32,
    load: AtomicUsize,
}

impl<T: Copy> Board<T> {
    /// Leaves figures, unless somebody reads just now; a second later there are new ones.
    pub(crate) fn leave(&self, figures: T, busy_permille: u32, load: usize) {
        self.busy_permille.store(busy_permille, Ordering::Relaxed);
        self.load.store(load, Ordering::Relaxed);
        if let Ok(mut held) = self.figures.try_lock() {
            *held = figures;
        }
    }

    pub(crate) fn read(&self) -> T {
        *self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn busy_permille(&self) -> u32 {
        self.busy_permille.load(Ordering::Relaxed)
    }

    /// How much there is to do: connections, legs.
    pub(crate) fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }
}

/// Which share of the time a thread works.
#[derive(Debug, Default)]
pub(crate) struct Busy(Duration);

impl Busy {
    /// Adds a stretch of work.
    pub(crate) fn add(&mut self, worked: Duration) {
        self.0 += worked;
    }

    /// The share of the period that has passed, in thousandths; the next one begins.
    pub(crate) fn take(&mut self, period: Duration) -> u32 {
        let worked = std::mem::take(&mut self.0).as_micros();
        let permille = worked * 1_000 / period.as_micros().max(1);
        u32::try_from(permille).map_or(1_000, |share| share.min(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_is_a_share() {
        let mut busy = Busy::default();
        busy.add(Duration::from_millis(200));
        busy.add(Duration::from_millis(50));
        assert_eq!(busy.take(Duration::from_secs(1)), 250);
        assert_eq!(busy.take(Duration::from_secs(1)), 0);
        busy.add(Duration::from_secs(9));
        assert_eq!(busy.take(Duration::ZERO), 1_000);
    }

    #[test]
    fn a_reader_never_holds_a_thread_up() {
        let board = Board::<u8>::default();
        let reading = board.figures.lock().unwrap();
        board.leave(7, 500, 3);
        drop(reading);
        assert_eq!(
            (board.read(), board.busy_permille(), board.load()),
            (0, 500, 3)
        );
        board.leave(8, 500, 3);
        assert_eq!(board.read(), 8);
    }
}
