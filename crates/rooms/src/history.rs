//! What happened in the rooms: sessions and who took part in them, on its way to the record.
//!
//! The calls tell; the [`book`] knows at once who is in which session, and what has to be written. That
//! waits here until the [`Recorder`] has written it, so that neither a call nor a join ever waits for
//! the store.

pub mod book;
pub mod differences;
mod recorder;
mod stats;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use greenroom_domain::participant::LeftReason;
use greenroom_domain::session::{EndReason, Ended};
use greenroom_domain::{AccountId, Clock, Entropy, ParticipantId, RoomId, SessionId, Timestamp};
use tokio::sync::{Notify, watch};

use self::book::{Book, Change, Entry, Meeting};
use crate::Stats;

pub use recorder::Recorder;
pub use stats::HistoryStats;

/// How long a session goes on after the last one left, in seconds, unless a setting says otherwise: a
/// page is loaded again in that time.
pub const GRACE_SECS: u32 = 15;

/// What waits to be written, in bytes: some 50,000 changes with short contexts. Reached only while the
/// store takes no writes.
const WAITING_MAX_BYTES: usize = 32 * 1024 * 1024;

/// About what a change takes beside its contexts, in bytes.
const ENTRY_BYTES: usize = 640;

/// Most changes that are written in one unit of work.
const GROUP_MAX: usize = 256;

/// A room, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RoomRef {
    /// The room.
    pub room_id: RoomId,
    /// Who owns it.
    pub account_id: AccountId,
}

/// What a call tells about who is in it.
///
/// The notes of one call come in the order in which it happened: who changes or leaves has joined
/// before, and who has left may join again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Somebody is in the call from now on.
    Joined {
        /// Who.
        participant: ParticipantId,
        /// What the application said about it.
        context: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// The application says something else about somebody who is in the call.
    Changed {
        /// About whom.
        participant: ParticipantId,
        /// What it says from now on.
        context: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// Somebody is in the call no more.
    Left {
        /// Who.
        participant: ParticipantId,
        /// Why.
        reason: LeftReason,
        /// When.
        at: Timestamp,
    },
}

/// The history of all rooms: what goes on now, and what of it is still to be written.
pub struct History {
    state: Mutex<State>,
    /// There is something to write, or the history is closed.
    wake: Notify,
    /// How much of what was told is on record.
    written: watch::Sender<u64>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    stats: Arc<Stats>,
}

struct State {
    book: Book,
    /// Oldest first, each with its number. What is on record by other means is `None`.
    waiting: VecDeque<(u64, Option<Entry>)>,
    waiting_bytes: usize,
    /// How many changes there were.
    told: u64,
    /// Whether changes were dropped since all was on record.
    lost: bool,
    closed: bool,
}

/// What the recorder has to do next.
enum Work {
    /// Write these changes; then all up to this number is on record.
    Write(Vec<Entry>, u64),
    /// Changes were lost: make the record say that this is what goes on.
    Mend(Vec<Meeting>, u64),
    /// Nothing until then.
    Wait(Option<Timestamp>),
    /// All is written, and nothing comes any more.
    Done,
}

impl History {
    /// A history without sessions. A session goes on for `grace_secs` after the last one left.
    pub fn new(
        grace_secs: u32,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        stats: Arc<Stats>,
    ) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                book: Book::new(grace_secs),
                waiting: VecDeque::new(),
                waiting_bytes: 0,
                told: 0,
                lost: false,
                closed: false,
            }),
            wake: Notify::new(),
            written: watch::Sender::new(0),
            clock,
            entropy,
            stats,
        })
    }

    /// Takes a note of what happened in a room. Never waits: who is in is known at once, and on record
    /// soon after.
    pub fn note(&self, room: RoomRef, note: Note) {
        self.change(|state, ids| {
            if !state.closed {
                state.book.note(room, note, ids);
            }
        });
    }

    /// The active session of a room.
    pub fn session(&self, room_id: RoomId) -> Option<SessionId> {
        self.lock().book.session(room_id)
    }

    /// Ends a session whose people have been put out; `false` if it is not the room's active one.
    pub fn end(&self, room_id: RoomId, session_id: SessionId, reason: EndReason) -> bool {
        let at = self.clock.now();
        self.change(|state, ids| {
            let ended = Ended { at, reason };
            state.book.end(room_id, session_id, ended, ids)
        })
    }

    /// Ends the session of a room that is deleted, if there is one.
    pub fn end_room(&self, room_id: RoomId) {
        let at = self.clock.now();
        self.change(|state, ids| state.book.end_room(room_id, at, ids));
    }

    /// The server stops: everybody leaves, and the sessions wait for its next start. Nothing is noted
    /// any more, and the recorder ends when all is written.
    pub fn close(&self) {
        let at = self.clock.now();
        self.change(|state, ids| {
            state.book.leave_all(at, ids);
            state.closed = true;
        });
        self.wake.notify_one();
    }

    /// Returns when all that was told before is on record; waits as long as the store takes no writes.
    pub async fn flushed(&self) {
        let told = self.lock().told;
        let mut written = self.written.subscribe();
        // The sender lives as long as this.
        let _ = written.wait_for(|written| *written >= told).await;
    }

    /// What there is to do at `now`.
    fn next_work(&self, now: Timestamp) -> Work {
        self.change(|state, ids| {
            if !state.closed {
                state.book.handle_timeout(now, ids);
            }
        });
        let mut state = self.lock();
        if !state.waiting.is_empty() {
            return state.take_group();
        }
        if std::mem::take(&mut state.lost) {
            return Work::Mend(state.book.meetings().cloned().collect(), state.told);
        }
        if state.closed {
            return Work::Done;
        }
        Work::Wait(state.book.deadline())
    }

    /// Takes what waits of one room off the queue: how much, and what goes on there.
    fn take_room(&self, room_id: RoomId) -> (u64, Option<Meeting>) {
        let mut state = self.lock();
        let mut taken = 0;
        let mut bytes = 0;
        for (_, place) in &mut state.waiting {
            if let Some(entry) = place.take_if(|entry| entry.room.room_id == room_id) {
                taken += 1;
                bytes += weigh(&entry);
            }
        }
        state.waiting_bytes -= bytes;
        let mut meetings = state.book.meetings();
        let meeting = meetings.find(|meeting| meeting.session.room_id == room_id);
        (taken, meeting.cloned())
    }

    fn is_anybody_in(&self) -> bool {
        self.lock().book.present() > 0
    }

    /// Changes the book, and queues what comes of it.
    fn change<T>(&self, change: impl FnOnce(&mut State, &dyn Entropy) -> T) -> T {
        let mut state = self.lock();
        let told = state.told;
        let outcome = change(&mut state, &*self.entropy);
        while let Some(entry) = state.book.poll_entry() {
            self.stats.history.count(&entry.change);
            if !state.queue(entry) {
                self.stats.history.lost.increment();
            }
        }
        let stats = &self.stats.history;
        stats.active.set(state.book.sessions());
        stats.present.set(state.book.present());
        stats.waiting.set(state.waiting.len());
        if state.told > told {
            self.wake.notify_one();
        }
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// `false` if there is no place for it.
    fn queue(&mut self, entry: Entry) -> bool {
        self.told += 1;
        let bytes = weigh(&entry);
        if self.lost || self.waiting_bytes + bytes > WAITING_MAX_BYTES {
            if !self.lost {
                tracing::error!(
                    waiting = self.waiting.len(),
                    "too much of the history waits for the store; what happens until it takes \
                     writes again will be missing"
                );
            }
            self.lost = true;
            return false;
        }
        self.waiting_bytes += bytes;
        self.waiting.push_back((self.told, Some(entry)));
        true
    }

    fn take_group(&mut self) -> Work {
        let mut group = Vec::new();
        let mut number = 0;
        while group.len() < GROUP_MAX
            && let Some((this, entry)) = self.waiting.pop_front()
        {
            number = this;
            group.extend(entry);
        }
        self.waiting_bytes -= group.iter().map(weigh).sum::<usize>();
        Work::Write(group, number)
    }
}

/// About how many bytes a change takes. Its event says the context once more.
fn weigh(entry: &Entry) -> usize {
    let context = match &entry.change {
        Change::Joined(participant) => &participant.context,
        Change::Changed { context, .. } => context,
        Change::Started(_) | Change::Left { .. } | Change::Ended { .. } => &None,
    };
    ENTRY_BYTES + 2 * context.as_ref().map_or(0, String::len)
}
