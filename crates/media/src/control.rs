//! The lanes by which rooms steer their shard. Bounded, and they lose nothing: who sends waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use greenroom_sfu::{Command, NewPeer, PeerId};
use mio::Waker;
use tokio::sync::{mpsc, oneshot};

use crate::event::MediaEvent;
use crate::room::RoomReport;

/// Commands on their way to a shard: what a large room makes when it opens, several times over.
const COMMANDS_MAX: usize = 1_024;

/// Rooms on one shard. Each may have to say once, without waiting, that it is gone; so the lane
/// for that has a place for every one.
pub(crate) const ROOMS_PER_SHARD_MAX: usize = 16_384;

/// One room; unique in the process, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RoomKey(pub(crate) u64);

/// Counts one, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Counted {
    /// One more, unless there are `max` already.
    pub(crate) fn take(count: &Arc<AtomicUsize>, max: usize) -> Option<Self> {
        count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| {
                (now < max).then_some(now + 1)
            })
            .ok()?;
        Some(Self(Arc::clone(count)))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a room tells its shard.
#[derive(Debug)]
pub(crate) enum Control {
    /// There is a room.
    Open {
        room: RoomKey,
        events: mpsc::Sender<MediaEvent>,
    },
    /// It has one more connection.
    Add {
        room: RoomKey,
        peer: Box<NewPeer>,
        counted: Counted,
        /// Whether it is a leg of the mixed audio, and of which mixer.
        mix: Option<MixSeat>,
    },
    /// Something about a connection of the room.
    Command(Command),
    /// How the room's connections fare is to be told. Whoever asks may have gone.
    Report {
        room: RoomKey,
        reply: oneshot::Sender<RoomReport>,
    },
    /// A leg is to be muted or heard.
    MuteLeg { peer: PeerId, muted: bool },
    /// How long nothing was heard of these connections; answered with [`MediaEvent::Silence`].
    AskSilence {
        room: RoomKey,
        peers: Vec<PeerId>,
        question: u64,
    },
    /// The shard's thread is to fail, or a mixer's.
    #[cfg(test)]
    Fail { mixer: Option<usize> },
}

/// Where a leg is mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MixSeat {
    pub(crate) mixer: usize,
    pub(crate) muted: bool,
}

/// A room that is gone. It counts until its shard has heard of it, so that there is a place for
/// each on the lane.
#[derive(Debug)]
pub(crate) struct GoneRoom {
    pub(crate) room: RoomKey,
    pub(crate) _counted: Counted,
}

/// A room's end of the lanes to its shard.
#[derive(Debug, Clone)]
pub(crate) struct ShardLane {
    control: mpsc::Sender<Control>,
    gone: crossbeam_channel::Sender<GoneRoom>,
    waker: Arc<Waker>,
    alive: Arc<AtomicBool>,
}

/// The shard's end.
#[derive(Debug)]
pub(crate) struct ShardInbox {
    control: mpsc::Receiver<Control>,
    gone: crossbeam_channel::Receiver<GoneRoom>,
}

/// The lanes to a shard.
pub(crate) fn lanes(waker: Arc<Waker>, alive: Arc<AtomicBool>) -> (ShardLane, ShardInbox) {
    let (control, control_end) = mpsc::channel(COMMANDS_MAX);
    let (gone, gone_end) = crossbeam_channel::bounded(ROOMS_PER_SHARD_MAX);
    let lane = ShardLane {
        control,
        gone,
        waker,
        alive,
    };
    let inbox = ShardInbox {
        control: control_end,
        gone: gone_end,
    };
    (lane, inbox)
}

impl ShardLane {
    /// Whether the shard runs.
    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Relaxed)
    }

    /// Makes the shard look at what came.
    pub(crate) fn wake(&self) {
        // Fails only if the system has no memory for a number; the shard's next deadline comes anyway.
        let _ = self.waker.wake();
    }

    /// A place on the lane, waited for; `None` if the shard is gone.
    pub(crate) async fn reserve(&self) -> Option<mpsc::Permit<'_, Control>> {
        match self.control.try_reserve() {
            Ok(permit) => Some(permit),
            Err(mpsc::error::TrySendError::Full(())) => {
                self.wake();
                self.control.reserve().await.ok()
            }
            Err(mpsc::error::TrySendError::Closed(())) => None,
        }
    }

    /// Says that a room is gone. Never waits: every room has its place.
    pub(crate) fn room_is_gone(&self, room: RoomKey, counted: Counted) {
        let gone = GoneRoom {
            room,
            _counted: counted,
        };
        if self.gone.try_send(gone).is_ok() {
            self.wake();
        }
    }
}

impl ShardInbox {
    /// Takes what has come: `each` gets every control, then the rooms that are gone are returned.
    ///
    /// A room says that it is gone after all else it had to say. So the rooms are read first, and then
    /// at least as many controls as the lane can have held at that moment.
    pub(crate) fn take(&mut self, mut each: impl FnMut(Control)) -> Vec<GoneRoom> {
        let gone = self.gone.try_iter().collect();
        for _ in 0..COMMANDS_MAX {
            match self.control.try_recv() {
                Ok(control) => each(control),
                Err(_) => break,
            }
        }
        gone
    }
}
