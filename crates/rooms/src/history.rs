//! What happened in the rooms: who is in them, told by the calls, on its way to the record.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use greenroom_domain::participant::LeftReason;
use greenroom_domain::{AccountId, ParticipantId, RoomId, Timestamp};

use crate::Stats;

/// Notes that wait to be written down, some 200 bytes each without their contexts: half a minute of
/// the joins that one server is built for. Reached only while the store takes no writes.
const NOTES_WAITING_MAX: usize = 32 * 1024;

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

/// The history of all rooms.
#[derive(Debug)]
pub struct History {
    waiting: Mutex<VecDeque<(RoomRef, Note)>>,
    stats: Arc<Stats>,
}

impl History {
    /// A history that counts what it loses in `stats`.
    pub fn new(stats: Arc<Stats>) -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::default(),
            stats,
        })
    }

    /// Takes a note of what happened in a room. Never waits; a note that finds no place is counted
    /// and dropped.
    pub fn note(&self, room: RoomRef, note: Note) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == NOTES_WAITING_MAX {
            self.stats.history_lost.increment();
            return;
        }
        waiting.push_back((room, note));
    }

    /// Takes out what waits, oldest first.
    pub fn take(&self) -> Vec<(RoomRef, Note)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.drain(..).collect()
    }
}
