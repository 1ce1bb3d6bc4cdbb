//! A call's way to the history.

use std::collections::BTreeSet;
use std::sync::Arc;

use greenroom_domain::participant::LeftReason;
use greenroom_domain::{Clock, ParticipantId};

use super::NoteTaker;
use crate::history::{Note, RoomRef};

/// Hands the notes of one call on. However the call ends, nobody is left in it on record.
pub(super) struct Record {
    room: RoomRef,
    history: Arc<dyn NoteTaker>,
    clock: Arc<dyn Clock>,
    /// Those who have joined and not left.
    here: BTreeSet<ParticipantId>,
}

impl Record {
    pub(super) const fn new(
        room: RoomRef,
        history: Arc<dyn NoteTaker>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            room,
            history,
            clock,
            here: BTreeSet::new(),
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        match &note {
            Note::Joined { participant, .. } => {
                self.here.insert(*participant);
            }
            Note::Left { participant, .. } => {
                self.here.remove(participant);
            }
            Note::Changed { .. } => {}
        }
        self.history.note(self.room, note);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        for participant in std::mem::take(&mut self.here) {
            let note = Note::Left {
                participant,
                reason: LeftReason::Left,
                at: self.clock.now(),
            };
            self.history.note(self.room, note);
        }
    }
}
