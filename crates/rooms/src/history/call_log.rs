//! What one call has told.

use std::collections::BTreeSet;
use std::sync::Arc;

use greenroom_domain::participant::LeftReason;

use super::{History, Note, RoomRef};

/// The way of one call to the history. When it is dropped, be it that the call failed, whoever has not
/// left leaves.
pub struct CallLog {
    history: Arc<History>,
    room: RoomRef,
    present: BTreeSet<greenroom_domain::ParticipantId>,
}

impl CallLog {
    /// A log of the call of `room`.
    pub const fn new(history: Arc<History>, room: RoomRef) -> Self {
        Self {
            history,
            room,
            present: BTreeSet::new(),
        }
    }

    /// Takes a note; see [`History::note`].
    pub fn note(&mut self, note: Note) {
        match &note {
            Note::Joined { participant, .. } => {
                self.present.insert(*participant);
            }
            Note::Left { participant, .. } => {
                self.present.remove(participant);
            }
            Note::Changed { .. } => {}
        }
        self.history.note(self.room, note);
    }
}

impl Drop for CallLog {
    fn drop(&mut self) {
        let at = self.history.clock.now();
        for participant in std::mem::take(&mut self.present) {
            let note = Note::Left {
                participant,
                reason: LeftReason::Left,
                at,
            };
            self.history.note(self.room, note);
        }
    }
}
