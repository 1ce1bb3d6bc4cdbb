//! What is counted for operators. Plain numbers: how they are shown is for the program to say.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::history::HistoryStats;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Counters since the start, except those whose text says "now".
        #[derive(Debug, Default)]
        pub struct Stats {
            $($(#[$doc])* pub $name: Counter,)*
            /// Of sessions and participants.
            pub history: HistoryStats,
        }
    };
}

counters! {
    /// Token pairs issued.
    tokens_issued,
    /// Client tokens issued by refresh.
    tokens_refreshed,
    /// Token pairs refused: no such room for the caller.
    issue_refused_room,
    /// Refreshes refused: something wrong with the token.
    refresh_refused_token,
    /// Refreshes refused: room gone or not the token's.
    refresh_refused_room,
    /// Refreshes refused: family revoked.
    refresh_refused_revoked,
    /// Requests refused for want of a usable API key.
    authentication_failed,
    /// Requests refused by a rate limit.
    rate_limited,
    /// Door connections open now.
    door_connections,
    /// Door sessions open now.
    door_sessions,
    /// Door sessions ever opened.
    door_sessions_opened,
    /// Frames refused at the door: token.
    door_refused_token,
    /// Frames refused at the door: room, revocation or reuse.
    door_refused_room,
    /// Calls that go on now: rooms with a connection that got in.
    calls,
    /// People in calls now.
    people,
    /// Streams published in calls now.
    streams,
    /// Joins refused: as many people as the room holds are in it.
    joins_refused_full,
    /// Joins refused: a bound other than the room's size was reached.
    joins_refused_limit,
    /// Joins refused: the media engine takes no more.
    joins_refused_media,
    /// Connections refused at the door: token.
    joins_refused_token,
    /// Connections refused at the door: room, revocation or reuse.
    joins_refused_room,
    /// Connections refused at the door: too many failed attempts.
    joins_refused_rate,
    /// People who were put out by the API.
    kicked,
    /// People who were silenced by the API.
    muted,
    /// People who were let be heard again by the API.
    unmuted,
    /// Calls that failed, with all their connections.
    calls_failed,
    /// Connections closed since they did not take what they were told.
    lines_too_slow,
}

/// One number.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// One less.
    pub fn decrement(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// Some more.
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// So many, whatever it was.
    pub(crate) fn set(&self, number: usize) {
        self.0.store(number as u64, Ordering::Relaxed);
    }

    /// From `before`, which this counter holds a part of, to `after`.
    fn shift(&self, before: usize, after: usize) {
        if after >= before {
            self.0.fetch_add((after - before) as u64, Ordering::Relaxed);
        } else {
            self.0.fetch_sub((before - after) as u64, Ordering::Relaxed);
        }
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One call's part of the numbers, taken back when it is dropped.
#[derive(Debug)]
pub(crate) struct CallGauges {
    stats: Arc<Stats>,
    people: usize,
    streams: usize,
}

impl CallGauges {
    pub(crate) fn new(stats: Arc<Stats>) -> Self {
        stats.calls.increment();
        Self {
            stats,
            people: 0,
            streams: 0,
        }
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    pub(crate) fn show(&mut self, people: usize, streams: usize) {
        self.stats.people.shift(self.people, people);
        self.stats.streams.shift(self.streams, streams);
        self.people = people;
        self.streams = streams;
    }
}

impl Drop for CallGauges {
    fn drop(&mut self) {
        self.show(0, 0);
        self.stats.calls.decrement();
    }
}
