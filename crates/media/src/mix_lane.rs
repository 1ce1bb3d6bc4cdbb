//! The lanes between shards and mixer threads. Audio may be lost on them, and is counted; who is in
//! a mix may not.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use greenroom_mixer::{Frame, LegId, MixId};
use greenroom_sfu::{MixInput, PeerId};
use mio::Waker;

/// Audio packets on their way to a mixer: 40 ms of as many legs as it holds.
pub(crate) const PACKETS_MAX: usize = 8_192;
/// Mixed frames on their way to a shard: more than all its mixes make in 20 ms.
pub(crate) const FRAMES_MAX: usize = 4_096;
/// Changes of who is in a mix; what does not fit stays with who sends it.
pub(crate) const CHANGES_MAX: usize = 1_024;

/// A change of who is in a mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MixChange {
    /// A leg of a room that lives on `shard`.
    Add {
        mix: MixId,
        leg: LegId,
        muted: bool,
        shard: usize,
    },
    /// It is muted, or to be heard.
    Mute { leg: LegId, muted: bool },
    /// It is gone.
    Remove { leg: LegId },
    /// The mixer thread is to fail.
    #[cfg(test)]
    Fail,
}

/// What a mixer tells a shard.
#[derive(Debug, Clone)]
pub(crate) enum MixNews {
    /// Mixed audio for some legs.
    Frame(Frame),
    /// A leg began or ceased to talk.
    Talking { leg: LegId, talks: bool },
}

/// A leg of the mix and its connection have the same number.
pub(crate) const fn leg_of(peer: PeerId) -> LegId {
    LegId(peer.0)
}

/// The other way round.
pub(crate) const fn peer_of(leg: LegId) -> PeerId {
    PeerId(leg.0)
}

/// A shard's way to one mixer thread.
#[derive(Debug)]
pub(crate) struct ToMixer {
    changes: Sender<MixChange>,
    packets: Sender<MixInput>,
    /// Changes that found no place: at most a few for each leg.
    kept: VecDeque<MixChange>,
    thread: Thread,
    alive: Arc<AtomicBool>,
}

impl ToMixer {
    pub(crate) const fn new(
        changes: Sender<MixChange>,
        packets: Sender<MixInput>,
        thread: Thread,
        alive: Arc<AtomicBool>,
    ) -> Self {
        Self {
            changes,
            packets,
            kept: VecDeque::new(),
            thread,
            alive,
        }
    }

    /// Whether the mixer runs.
    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Relaxed)
    }

    /// Hands on a change, in order.
    pub(crate) fn change(&mut self, change: MixChange) {
        self.kept.push_back(change);
        self.retry();
    }

    /// How many changes are kept.
    pub(crate) fn behind(&self) -> usize {
        self.kept.len()
    }

    /// Hands on what is kept, as far as there is room.
    pub(crate) fn retry(&mut self) {
        if self.kept.is_empty() {
            return;
        }
        while let Some(change) = self.kept.pop_front() {
            match self.changes.try_send(change) {
                Ok(()) => {}
                Err(TrySendError::Full(change)) => {
                    self.kept.push_front(change);
                    break;
                }
                Err(TrySendError::Disconnected(_)) => self.kept.clear(),
            }
        }
        self.thread.unpark();
    }

    /// Hands on audio, or drops it: `false`.
    ///
    /// The mixer is not woken: it looks when its next tick is due, and needs nothing sooner.
    pub(crate) fn packet(&self, packet: MixInput) -> bool {
        self.packets.try_send(packet).is_ok()
    }
}

/// A mixer's end of the lanes from all shards.
#[derive(Debug)]
pub(crate) struct MixerInbox {
    pub(crate) changes: Receiver<MixChange>,
    pub(crate) packets: Receiver<MixInput>,
}

/// A mixer's way to one shard.
#[derive(Debug, Clone)]
pub(crate) struct ToShard {
    pub(crate) news: Sender<MixNews>,
    pub(crate) waker: Arc<Waker>,
}
