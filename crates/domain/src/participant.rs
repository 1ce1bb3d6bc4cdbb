//! A participant: one person in one session.

use crate::{AccountId, ParticipantId, RoomId, SessionId, Timestamp};

/// One person in one session, from joining to leaving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Its id. The browser SDK makes one for itself with each connection; who brings none is given
    /// one. Unique within the session.
    pub id: ParticipantId,
    /// The session it takes part in.
    pub session_id: SessionId,
    /// The room of the session.
    pub room_id: RoomId,
    /// Who owns the room.
    pub account_id: AccountId,
    /// What the application said about itself on joining, unchanged.
    pub context: Option<String>,
    /// When it joined.
    pub joined_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How it left; `None` while it is there.
    pub left: Option<Left>,
}

/// When and why a participant left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: LeftReason,
}

/// Why a participant left. The texts are what webhooks call `left_reason`; `kicked` is that of the
/// hosted service (`docs/compatibility.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeftReason {
    /// By itself: it said so, or its connection ended.
    Left,
    /// Nothing was heard of it any more.
    TimedOut,
    /// Its token expired or was revoked.
    Unauthorized,
    /// By the API.
    Kicked,
    /// The session was ended by the API.
    SessionEnded,
    /// The room was deleted.
    RoomDeleted,
    /// The server stopped while it was there.
    Stale,
}

impl LeftReason {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Left,
        Self::TimedOut,
        Self::Unauthorized,
        Self::Kicked,
        Self::SessionEnded,
        Self::RoomDeleted,
        Self::Stale,
    ];

    /// As it is told and kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::TimedOut => "timed_out",
            Self::Unauthorized => "unauthorized",
            Self::Kicked => "kicked",
            Self::SessionEnded => "session_ended",
            Self::RoomDeleted => "room_deleted",
            Self::Stale => "stale",
        }
    }

    /// Reads what [`as_str`](Self::as_str) gives.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// Who is meant by a kick or a mute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Those who are meant; `None` for all.
    pub only: Option<Vec<ParticipantId>>,
    /// Those who are not meant after all.
    pub exclude: Vec<ParticipantId>,
}

impl Selection {
    /// Whether `id` is meant.
    pub fn includes(&self, id: ParticipantId) -> bool {
        let chosen = self.only.as_ref().is_none_or(|only| only.contains(&id));
        chosen && !self.exclude.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::session::EndReason;

    #[test]
    fn reasons_are_read_as_they_are_written() {
        for reason in LeftReason::ALL {
            assert_eq!(LeftReason::from_text(reason.as_str()), Some(reason));
        }
        for reason in EndReason::ALL {
            assert_eq!(EndReason::from_text(reason.as_str()), Some(reason));
        }
        assert_eq!(LeftReason::from_text("LEFT"), None);
    }

    #[test]
    fn exclusion_wins() {
        let [a, b] = [1, 2].map(|n| ParticipantId::from_uuid(Uuid::from_u128(n)));
        let mut selection = Selection {
            only: None,
            exclude: vec![b],
        };
        assert!(selection.includes(a) && !selection.includes(b));
        selection.only = Some(vec![b]);
        assert!(!selection.includes(a) && !selection.includes(b));
    }
}
