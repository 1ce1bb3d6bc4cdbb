//! All live calls: a task for each room with a line, from its first line to its last.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use greenroom_domain::limits::ASKS_WAITING_MAX;
use greenroom_domain::participant::LeftReason;
use greenroom_domain::{Clock, Entropy, ParticipantId, RoomId};
use tokio::sync::{mpsc, oneshot, watch};

use super::line::{LastHeard, Line, LineId, LineSays, WhyDropped, news_lane};
use super::media::MediaEngine;
use super::quality::{Latest, PersonQuality};
use super::record::Record;
use super::steps::RoomTracer;
use super::task::{CallTask, Command, Lanes, Plug};
use super::{Call, NoteTaker, Patience, Present};
use crate::history::RoomRef;
use crate::{Stats, Tracer};

/// What operators want of one call and it has not looked at yet; who finds no place waits.
const COMMANDS_WAITING_MAX: usize = 16;

/// How long a media thread is waited for that is to say how connections fare. It has an answer within
/// milliseconds, unless it is far behind.
const REPORT_LIMIT: Duration = Duration::from_millis(500);

/// Starts the task of one call.
type Start = Box<dyn Fn(RoomRef, Lanes) + Send + Sync>;

/// The way into a running call.
struct Way {
    /// Which run of the room's call this is.
    run: u64,
    /// Bounded by the connections there are: each says twice at most that it comes and goes.
    plugs: mpsc::UnboundedSender<Plug>,
    says: mpsc::Sender<(LineId, LineSays)>,
    commands: mpsc::Sender<Command>,
    /// How its people fare; held by whoever finds that out.
    quality: Arc<tokio::sync::Mutex<Latest>>,
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
    /// No calls yet, on `engine`. Who is in them is told to `history`, silence is borne with `patience`, and how
    /// people come in is told to `tracer`.
    pub fn new(
        engine: impl MediaEngine,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        stats: Arc<Stats>,
        history: Arc<dyn NoteTaker>,
        patience: Patience,
        tracer: Option<Arc<dyn Tracer>>,
    ) -> Arc<Self> {
        let task_clock = Arc::clone(&clock);
        let start = move |room: RoomRef, lanes: Lanes| {
            let (media, events) = engine.open_room();
            let size = *lanes.size.borrow();
            let call = Call::new(media, Arc::clone(&entropy), size, patience);
            let call = if tracer.is_some() {
                call.watched()
            } else {
                call
            };
            let tracer = tracer.clone();
            let tracer = tracer.map(|tracer| RoomTracer::new(room.room_id, tracer));
            let record = Record::new(room, Arc::clone(&history), Arc::clone(&task_clock));
            let task = CallTask::new(
                call,
                events,
                lanes,
                Arc::clone(&task_clock),
                Arc::clone(&stats),
                record,
                tracer,
            );
            let stats = Arc::clone(&stats);
            tokio::spawn(async move {
                let ended = tokio::spawn(task.run()).await;
                if ended.is_err_and(|failure| failure.is_panic()) {
                    stats.calls_failed.increment();
                    tracing::error!(room = %room.room_id, "a call failed, and its connections are closed");
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
        room: RoomRef,
        size: watch::Receiver<usize>,
        keep: impl Send + Sync + 'static,
    ) -> Line {
        let id = LineId(self.next_line.fetch_add(1, Ordering::Relaxed));
        let (news_in, news) = news_lane();
        let heard = LastHeard::new(self.clock.now());
        let mut rooms = self.lock();
        let Rooms { ways, runs } = &mut *rooms;
        let way = match ways.entry(room.room_id) {
            Entry::Vacant(place) => place.insert(self.start_call(room, size, runs)),
            Entry::Occupied(place) => {
                let way = place.into_mut();
                if way.says.is_closed() {
                    *way = self.start_call(room, size, runs);
                }
                way
            }
        };
        way.lines += 1;
        // A call that has failed meanwhile drops what it is sent, and with it the line's news.
        let _ = way.plugs.send(Plug::In(id, news_in, heard.clone()));
        let why_dropped = WhyDropped::default();
        let hold = Hold {
            calls: Arc::clone(self),
            room_id: room.room_id,
            run: way.run,
            line: id,
            plugs: way.plugs.clone(),
            why_dropped: Arc::clone(&why_dropped),
        };
        Line {
            id,
            says: way.says.clone(),
            news,
            heard,
            why_dropped,
            _hold: Box::new((hold, keep)),
        }
    }

    /// Who is in the room's call, as far as it is on record. Empty when nobody is.
    pub async fn present(&self, room: RoomId) -> Vec<Present> {
        self.command(room, Command::Present)
            .await
            .unwrap_or_default()
    }

    /// Who is in the room's call. Those who have not said yet who they are, as while they connect, are put
    /// on record for it.
    pub async fn roll_call(&self, room: RoomId) -> Vec<Present> {
        self.command(room, Command::RollCall)
            .await
            .unwrap_or_default()
    }

    /// How the people in the room's call fare, by their ids; not older than a second. Empty when nobody
    /// is in it. Media threads are not waited for: of those that are too busy to answer it is told what
    /// they said last, and then that nothing is known.
    pub async fn quality(&self, room: RoomId) -> Arc<[PersonQuality]> {
        let way = self.lock().ways.get(&room).map(|way| {
            let (commands, latest) = (&way.commands, &way.quality);
            (commands.clone(), Arc::clone(latest))
        });
        let Some((commands, latest)) = way else {
            return Arc::default();
        };
        let mut latest = latest.lock().await;
        if let Some(people) = latest.fresh(self.clock.now()) {
            return people;
        }
        let (asks, outcome) = oneshot::channel();
        if commands.send(Command::Quality(asks)).await.is_err() {
            return Arc::default();
        }
        let Ok((attendance, report)) = outcome.await else {
            return Arc::default();
        };
        let report = tokio::time::timeout(REPORT_LIMIT, report).await;
        let report = report.ok().and_then(Result::ok);
        latest.renew(&attendance, report, self.clock.now())
    }

    /// Throws people out of the room's call; whoever is not there is passed over. When this returns
    /// everybody has been told, and waits only for its connection to write it.
    pub async fn kick(&self, room: RoomId, who: &[ParticipantId]) {
        let kick = |done| Command::Kick(who.to_vec(), done);
        self.command(room, kick).await;
    }

    /// Silences people in the room's call, or no longer does; whoever is not there is passed over.
    pub async fn set_muted(&self, room: RoomId, who: &[ParticipantId], muted: bool) {
        let mute = |done| Command::SetMuted(who.to_vec(), muted, done);
        self.command(room, mute).await;
    }

    /// Sends everybody out of the room's call. `for_good`: the room is deleted, and nobody gets in
    /// any more.
    pub async fn end(&self, room: RoomId, for_good: bool) {
        let end = |done| Command::End(for_good, done);
        self.command(room, end).await;
    }

    /// Has a command done; `None` if there is no call, and so nobody to do it to.
    async fn command<T>(
        &self,
        room: RoomId,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Option<T> {
        let lane = self.lock().ways.get(&room)?.commands.clone();
        let (done, outcome) = oneshot::channel();
        lane.send(command(done)).await.ok()?;
        outcome.await.ok()
    }

    fn start_call(&self, room: RoomRef, size: watch::Receiver<usize>, runs: &mut u64) -> Way {
        let (plugs, plugged) = mpsc::unbounded_channel();
        let (says, said) = mpsc::channel(ASKS_WAITING_MAX);
        let (commands, commanded) = mpsc::channel(COMMANDS_WAITING_MAX);
        (self.start)(
            room,
            Lanes {
                plugged,
                said,
                commands: commanded,
                size,
            },
        );
        *runs += 1;
        Way {
            run: *runs,
            plugs,
            says,
            commands,
            quality: Arc::default(),
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
    why_dropped: WhyDropped,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut rooms = self.calls.lock();
        let why = self.why_dropped.get().copied();
        let why = why.unwrap_or(LeftReason::Left);
        let _ = self.plugs.send(Plug::Out(self.line, why));
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
