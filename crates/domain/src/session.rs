//! A session: one meeting in a room, from the first join to the last leave.

use crate::{AccountId, RoomId, SessionId, Timestamp};

/// One meeting in a room. A room has one active session at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Its id, never used again.
    pub id: SessionId,
    /// The room it takes place in.
    pub room_id: RoomId,
    /// Who owns the room.
    pub account_id: AccountId,
    /// When the first participant joined.
    pub created_at: Timestamp,
    /// When it last changed: somebody joined or left, or it ended.
    pub updated_at: Timestamp,
    /// How it ended; `None` while it is active.
    pub ended: Option<Ended>,
}

impl Session {
    /// A session that begins at `now`.
    pub const fn start(
        id: SessionId,
        room_id: RoomId,
        account_id: AccountId,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            room_id,
            account_id,
            created_at: now,
            updated_at: now,
            ended: None,
        }
    }

    /// Whether it goes on.
    pub const fn is_active(&self) -> bool {
        self.ended.is_none()
    }
}

/// When and why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: EndReason,
}

/// Why a session ended. The texts are what webhooks call `ended_reason`; `stale` and
/// `Ended from API` are those of the hosted service (`docs/compatibility.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The last participant left, and nobody came back in time.
    Empty,
    /// By the API.
    Api,
    /// The room was deleted.
    RoomDeleted,
    /// The server stopped without ending it, and nobody came back in time.
    Stale,
}

impl EndReason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Empty, Self::Api, Self::RoomDeleted, Self::Stale];

    /// As it is told and kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Api => "Ended from API",
            Self::RoomDeleted => "room_deleted",
            Self::Stale => "stale",
        }
    }

    /// Reads what [`as_str`](Self::as_str) gives.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}
