//! What has to be written so that the record says again who is in a room and who is not, after changes
//! were lost.

use std::collections::HashMap;

use greenroom_domain::participant::{Left, LeftReason, Participant};
use greenroom_domain::session::{EndReason, Ended, Session};
use greenroom_domain::{Entropy, RoomId, SessionId, Timestamp};

use super::book::{self, Change, Entry, Meeting, Presence};

#[cfg(test)]
mod tests;

/// What turns the active sessions on `record` into the `meetings` that go on at `now`, each room's changes
/// in order. What began and ended unseen by the record stays unseen.
pub fn differences(
    record: Vec<(Session, Vec<Participant>)>,
    meetings: &[Meeting],
    now: Timestamp,
    ids: &dyn Entropy,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut known: HashMap<SessionId, Vec<Participant>> = HashMap::new();
    let current: HashMap<RoomId, SessionId> = meetings
        .iter()
        .map(|meeting| (meeting.session.room_id, meeting.session.id))
        .collect();
    for (session, present) in record {
        if current.get(&session.room_id) == Some(&session.id) {
            known.insert(session.id, present);
            continue;
        }
        for participant in present {
            entries.push(gone(&session, participant, now, ids));
        }
        let ended = Ended {
            at: now,
            reason: EndReason::Stale,
        };
        entries.push(book::session_ended(&session, ended, ids));
    }
    for meeting in meetings {
        let on_record = known.remove(&meeting.session.id);
        if on_record.is_none() {
            entries.push(book::started(meeting.session, ids));
        }
        let on_record = on_record.unwrap_or_default();
        mend(meeting, on_record, now, ids, &mut entries);
    }
    entries
}

fn mend(
    meeting: &Meeting,
    on_record: Vec<Participant>,
    now: Timestamp,
    ids: &dyn Entropy,
    entries: &mut Vec<Entry>,
) {
    let session = &meeting.session;
    let mut missing = meeting.present.clone();
    for participant in on_record {
        let Some(presence) = missing.remove(&participant.id) else {
            entries.push(gone(session, participant, now, ids));
            continue;
        };
        if presence.context != participant.context {
            entries.push(Entry {
                room: meeting.room(),
                change: Change::Changed {
                    session_id: session.id,
                    participant_id: participant.id,
                    context: presence.context,
                    at: now,
                },
                event: None,
            });
        }
    }
    for (id, presence) in missing {
        entries.push(book::joined(session, id, presence, ids));
    }
}

fn gone(session: &Session, participant: Participant, at: Timestamp, ids: &dyn Entropy) -> Entry {
    let presence = Presence {
        context: participant.context,
        joined_at: participant.joined_at,
    };
    let how = Left {
        at,
        reason: LeftReason::Stale,
    };
    book::left(session, participant.id, presence, how, ids)
}
