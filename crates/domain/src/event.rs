//! What happened in a room, as webhooks tell it.

use crate::participant::LeftReason;
use crate::session::EndReason;
use crate::{AccountId, EventId, ParticipantId, RoomId, SessionId, Timestamp};

/// Something that happened in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id: the same however often it is delivered.
    pub id: EventId,
    /// The room.
    pub room_id: RoomId,
    /// Who owns the room.
    pub account_id: AccountId,
    /// The session.
    pub session_id: SessionId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

/// What can happen in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// A session began.
    SessionStarted,
    /// A session ended.
    SessionEnded {
        /// How long it was, in whole seconds, rounded down.
        duration_secs: u64,
        /// Why it ended.
        reason: EndReason,
    },
    /// Somebody joined.
    ParticipantJoined {
        /// Who.
        participant_id: ParticipantId,
        /// What the application said about it.
        context: Option<String>,
    },
    /// Somebody left.
    ParticipantLeft {
        /// Who.
        participant_id: ParticipantId,
        /// What the application said about it.
        context: Option<String>,
        /// How long it was there, in whole seconds, rounded down.
        duration_secs: u64,
        /// Why it left.
        reason: LeftReason,
    },
}

impl EventKind {
    /// What webhooks call `event_type`.
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::SessionStarted => "video.room.session.started",
            Self::SessionEnded { .. } => "video.room.session.ended",
            Self::ParticipantJoined { .. } => "video.room.participant.joined",
            Self::ParticipantLeft { .. } => "video.room.participant.left",
        }
    }
}
