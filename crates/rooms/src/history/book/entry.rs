//! What changes in the record, with the event that tells of it.

use greenroom_domain::event::{Event, EventKind};
use greenroom_domain::participant::{Left, Participant};
use greenroom_domain::session::{Ended, Session};
use greenroom_domain::{Entropy, EventId, ParticipantId, SessionId, Timestamp};

use super::{Presence, RoomRef};

/// A change of the record, and the event that tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The room.
    pub room: RoomRef,
    /// What changes.
    pub change: Change,
    /// What webhooks tell of it, if they do.
    pub event: Option<Event>,
}

/// What changes in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A session begins.
    Started(Session),
    /// Somebody joins, perhaps not for the first time.
    Joined(Participant),
    /// The application says something else about somebody.
    Changed {
        /// In which session.
        session_id: SessionId,
        /// About whom.
        participant_id: ParticipantId,
        /// What it says from now on.
        context: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// Somebody leaves.
    Left {
        /// Which session.
        session_id: SessionId,
        /// Who.
        participant_id: ParticipantId,
        /// How.
        left: Left,
    },
    /// A session ends.
    Ended {
        /// Which.
        session_id: SessionId,
        /// How.
        ended: Ended,
    },
}

fn entry(
    session: &Session,
    change: Change,
    kind: EventKind,
    at: Timestamp,
    ids: &dyn Entropy,
) -> Entry {
    Entry {
        room: RoomRef {
            room_id: session.room_id,
            account_id: session.account_id,
        },
        change,
        event: Some(Event {
            id: EventId::random(ids),
            room_id: session.room_id,
            account_id: session.account_id,
            session_id: session.id,
            occurred_at: at,
            kind,
        }),
    }
}

pub(in crate::history) fn started(session: Session, ids: &dyn Entropy) -> Entry {
    entry(
        &session,
        Change::Started(session),
        EventKind::SessionStarted,
        session.created_at,
        ids,
    )
}

pub(in crate::history) fn joined(
    session: &Session,
    id: ParticipantId,
    presence: Presence,
    ids: &dyn Entropy,
) -> Entry {
    let Presence { context, joined_at } = presence;
    let participant = Participant {
        id,
        session_id: session.id,
        room_id: session.room_id,
        account_id: session.account_id,
        context: context.clone(),
        joined_at,
        updated_at: joined_at,
        left: None,
    };
    let kind = EventKind::ParticipantJoined {
        participant_id: id,
        context,
    };
    entry(session, Change::Joined(participant), kind, joined_at, ids)
}

pub(in crate::history) fn left(
    session: &Session,
    participant_id: ParticipantId,
    presence: Presence,
    how: Left,
    ids: &dyn Entropy,
) -> Entry {
    let change = Change::Left {
        session_id: session.id,
        participant_id,
        left: how,
    };
    let kind = EventKind::ParticipantLeft {
        participant_id,
        context: presence.context,
        duration_secs: secs_between(presence.joined_at, how.at),
        reason: how.reason,
    };
    entry(session, change, kind, how.at, ids)
}

pub(in crate::history) fn session_ended(
    session: &Session,
    ended: Ended,
    ids: &dyn Entropy,
) -> Entry {
    let change = Change::Ended {
        session_id: session.id,
        ended,
    };
    let kind = EventKind::SessionEnded {
        duration_secs: secs_between(session.created_at, ended.at),
        reason: ended.reason,
    };
    entry(session, change, kind, ended.at, ids)
}

/// Whole seconds, rounded down; none if `to` is not later.
pub(super) fn secs_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.micros_since(from) / 1_000_000).unwrap_or_default()
}
