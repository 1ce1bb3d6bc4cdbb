//! All live calls: a task for each room with a line, from its first line to its last.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use greenroom_domain::limits::{ASKS_WAITING_MAX, NEWS_WAITING_MAX};
use greenroom_domain::{Clock, Entropy, RoomId};
use tokio::sync::{mpsc, watch};

use super::line::{LastHeard, Line, LineId, LineSays};
use super::media::MediaEngine;
use super::task::{CallTask, Lanes, Plug};
use crate::Stats;

/// Starts the task of one call.
type Start = Box<dyn Fn(RoomId, Lanes) + Send + Sync>;

/// The way into a running call.
struct Way {
    /// Which run of the room's call this is.
    run: u64,
    /// Bounded by the connections there are: each says twice at most that it comes and goes.
    plugs: mpsc::UnboundedSender<Plug>,
    says: mpsc::Sender<(LineId, LineSays)>,
    lines: usize,
}

#[derive(Default)]
struct Rooms {
    ways: HashMap<RoomId, Way>,
    runs: u64,
}

/// All live calls. A call begins with the first line to its room and ends with the last. One that
/// fails takes its own lines down and nothing else; who comes next finds a new one.
pub struct Calls {
    start: Start,
    clock: Arc<dyn Clock>,
    rooms: Mutex<Rooms>,
    next_line: AtomicU64,
}

impl Calls {
    /// No calls yet, on `engine`.
    pub fn new(
        engine: impl MediaEngine,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        stats: Arc<Stats>,
    ) -> Arc<Self> {
        let task_clock = Arc::clone(&clock);
        let start = move |room_id, lanes| {
            let (media, events) = engine.open_room();
            let task = CallTask::new(
                media,
                events,
                lanes,
                Arc::clone(&task_clock),
                Arc::clone(&entropy),
                Arc::clone(&stats),
            );
            let stats = Arc::clone(&stats);
            tokio::spawn(async move {
                let ended = tokio::spawn(task.run()).await;
                if ended.is_err_and(|failure| failure.is_panic()) {
                    stats.calls_failed.increment();
                    tracing::error!(room = %room_id, "a call failed, and its connections are closed");
                }
            });
        };
        Arc::new(Self {
            start: Box::new(start),
            clock,
            rooms: Mutex::default(),
            next_line: AtomicU64::new(0),
        })
    }

    /// Opens a line to the call of a room that holds as many people as `size` says. `keep` is
    /// dropped after the line has been taken off the call.
    pub(crate) fn connect(
        self: &Arc<Self>,
        room_id: RoomId,
        size: watch::Receiver<usize>,
        keep: impl Send + Sync + 'static,
    ) -> Line {
        let id = LineId(self.next_line.fetch_add(1, Ordering::Relaxed));
        let (news_in, news) = mpsc::channel(NEWS_WAITING_MAX);
        let heard = LastHeard::new(self.clock.now());
        let mut rooms = self.lock();
        let Rooms { ways, runs } = &mut *rooms;
        let way = match ways.entry(room_id) {
            Entry::Vacant(place) => place.insert(self.start_call(room_id, size, runs)),
            Entry::Occupied(place) => {
                let way = place.into_mut();
                if way.says.is_closed() {
                    *way = self.start_call(room_id, size, runs);
                }
                way
            }
        };
        way.lines += 1;
        // A call that has failed meanwhile drops what it is sent, and with it the line's news.
        let _ = way.plugs.send(Plug::In(id, news_in, heard.clone()));
        let hold = Hold {
            calls: Arc::clone(self),
            room_id,
            run: way.run,
            line: id,
            plugs: way.plugs.clone(),
        };
        Line {
            id,
            says: way.says.clone(),
            news,
            heard,
            _hold: Box::new((hold, keep)),
        }
    }

    fn start_call(&self, room_id: RoomId, size: watch::Receiver<usize>, runs: &mut u64) -> Way {
        let (plugs, plugged) = mpsc::unbounded_channel();
        let (says, said) = mpsc::channel(ASKS_WAITING_MAX);
        (self.start)(
            room_id,
            Lanes {
                plugged,
                said,
                size,
            },
        );
        *runs += 1;
        Way {
            run: *runs,
            plugs,
            says,
            lines: 0,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A line's place in its call.
struct Hold {
    calls: Arc<Calls>,
    room_id: RoomId,
    run: u64,
    line: LineId,
    plugs: mpsc::UnboundedSender<Plug>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut rooms = self.calls.lock();
        let _ = self.plugs.send(Plug::Out(self.line));
        if let Some(way) = rooms.ways.get_mut(&self.room_id)
            && way.run == self.run
        {
            way.lines -= 1;
            if way.lines == 0 {
                rooms.ways.remove(&self.room_id);
            }
        }
    }
}
