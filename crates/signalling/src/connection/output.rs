//! What a connection wants done: frames to send, a close, and what happened to its sessions.

use std::collections::VecDeque;

use greenroom_domain::FamilyId;
use greenroom_domain::participant::LeftReason;
use greenroom_rooms::call::{Ask, HandleKey, Removal, Transaction};

use crate::Refusal;
use crate::wire::{SessionId, StatusFrame};

use super::Violation;

/// One thing to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this text frame.
    Send(String),
    /// Send a ping, so that a peer that is there is heard of.
    Ping,
    /// Send this close frame; the last output there is.
    Close(Close),
    /// Ask the room's call.
    Ask {
        /// Who asks.
        handle: HandleKey,
        /// Comes back with the reply.
        transaction: Transaction,
        /// What is asked.
        ask: Ask,
    },
    /// A session has begun, with a token of that family.
    SessionOpened(SessionId, FamilyId),
    /// A session has a token of another family now.
    FamilyChanged(SessionId, FamilyId),
    /// A session has ended, and its ticket has been dropped. The room's call has to hear of it if it
    /// was asked anything for the session.
    SessionClosed(SessionId, SessionEnd),
}

/// The outputs that have not been taken yet.
#[derive(Debug, Default)]
pub struct Outputs(VecDeque<Output>);

impl Outputs {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.0.pop_front()
    }

    pub(super) fn push(&mut self, output: Output) {
        self.0.push_back(output);
    }

    pub(super) fn send(&mut self, frame: String) {
        self.push(Output::Send(frame));
    }
}

/// A close frame. The code decides what reason the application is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close {
    /// The code.
    pub code: u16,
    /// Text for people; no more precise than the code.
    pub reason: &'static str,
}

impl Close {
    /// The session was ended by the server: the SDK says `session_terminated`.
    pub const SESSION_ENDED: Self = Self::new(4000, "session ended");
    /// The server stops.
    pub const GOING_AWAY: Self = Self::new(1001, "going away");
    /// A frame that RFC 6455 forbids.
    pub const PROTOCOL_ERROR: Self = Self::new(1002, "protocol error");
    /// A frame that is not text.
    pub const UNSUPPORTED: Self = Self::new(1003, "text frames only");
    /// Text that is not UTF-8.
    pub const INVALID_TEXT: Self = Self::new(1007, "not UTF-8");
    /// A frame beyond the bound.
    pub const TOO_LARGE: Self = Self::new(1009, "frame too large");
    /// Not now.
    pub const TRY_AGAIN_LATER: Self = Self::new(1013, "try again later");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason }
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionEnd {
    /// The client said `destroy`.
    Destroyed,
    /// Nothing was heard of it for too long.
    TimedOut,
    /// Its token expired.
    TokenExpired,
    /// A frame came with a token that is none, or with none at all.
    Unauthorized,
    /// What it was let in with was revoked.
    Revoked,
    /// Its room was deleted.
    RoomGone,
    /// An operator threw it out.
    Kicked,
    /// An operator ended the session of the room.
    Ended,
    /// The call did not take it in: the room is full, or no more media can be had.
    NotTaken,
    /// The call is over, though the room is not.
    CallOver,
    /// The peer closed the socket, or the socket broke.
    Disconnected,
    /// The peer broke the rules of the transport.
    Violation,
    /// The server stopped.
    Shutdown,
}

impl SessionEnd {
    /// A word for it, which stays the same.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Destroyed => "destroyed",
            Self::TimedOut => "timed_out",
            Self::TokenExpired => "token_expired",
            Self::Unauthorized => "unauthorized",
            Self::Revoked => "revoked",
            Self::RoomGone => "room_gone",
            Self::Kicked => "kicked",
            Self::Ended => "ended",
            Self::NotTaken => "not_taken",
            Self::CallOver => "call_over",
            Self::Disconnected => "disconnected",
            Self::Violation => "violation",
            Self::Shutdown => "shutdown",
        }
    }

    /// Why somebody was put out who would have stayed; `None` if it went by itself, or with everybody else.
    pub const fn fault(self) -> Option<&'static str> {
        match self {
            Self::Destroyed | Self::Disconnected | Self::Ended | Self::Shutdown => None,
            Self::TimedOut => Some("nothing was heard of it for too long"),
            Self::TokenExpired => Some("its token expired"),
            Self::Unauthorized => Some("a frame came without a good token"),
            Self::Revoked => Some("its token was revoked"),
            Self::RoomGone => Some("its room was deleted"),
            Self::Kicked => Some("it was put out"),
            Self::NotTaken => Some("the call did not take it in"),
            Self::CallOver => Some("the call failed, or it did not take what it was told"),
            Self::Violation => Some("it broke the rules of the transport"),
        }
    }

    /// What the room's history is told of the one who had a place in it.
    pub const fn left_reason(self) -> LeftReason {
        match self {
            Self::Destroyed
            | Self::NotTaken
            | Self::CallOver
            | Self::Disconnected
            | Self::Violation => LeftReason::Left,
            Self::TimedOut => LeftReason::TimedOut,
            Self::TokenExpired | Self::Unauthorized | Self::Revoked => LeftReason::Unauthorized,
            Self::RoomGone => LeftReason::RoomDeleted,
            Self::Kicked => LeftReason::Kicked,
            Self::Ended => LeftReason::SessionEnded,
            Self::Shutdown => LeftReason::Stale,
        }
    }
}

impl From<Removal> for SessionEnd {
    fn from(removal: Removal) -> Self {
        match removal {
            Removal::Kicked => Self::Kicked,
            Removal::SessionEnded => Self::Ended,
            Removal::RoomDeleted => Self::RoomGone,
        }
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) status: Option<StatusFrame>,
    pub(super) close: Close,
    pub(super) end: SessionEnd,
}

impl Ending {
    /// Not let in, or a frame with a token that is none.
    pub(super) const fn refused(refusal: Refusal) -> Self {
        Self {
            status: Some(refusal.status()),
            close: if refusal.is_passing() {
                Close::TRY_AGAIN_LATER
            } else {
                Close::SESSION_ENDED
            },
            end: SessionEnd::Unauthorized,
        }
    }

    /// The token's time is over.
    pub(super) const fn token_expired() -> Self {
        Self {
            end: SessionEnd::TokenExpired,
            ..Self::refused(Refusal::Unauthorized)
        }
    }

    /// What sessions were let in with does not hold any more.
    pub(super) const fn revoked(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RoomGone => Self::quiet(Close::SESSION_ENDED, SessionEnd::RoomGone),
            Refusal::Unauthorized
            | Refusal::Forbidden
            | Refusal::TooMany
            | Refusal::Unavailable => Self {
                end: SessionEnd::Revoked,
                ..Self::refused(refusal)
            },
        }
    }

    /// The call refused what the client cannot do without.
    pub(super) const fn not_taken(refusal: Refusal) -> Self {
        Self {
            end: SessionEnd::NotTaken,
            ..Self::refused(refusal)
        }
    }

    /// The call is over: what a new one would be like, only a new connection can tell.
    pub(super) const fn call_over() -> Self {
        Self {
            end: SessionEnd::CallOver,
            ..Self::refused(Refusal::Unavailable)
        }
    }

    /// The last session is over.
    pub(super) const fn session_over(end: SessionEnd) -> Self {
        Self::quiet(Close::SESSION_ENDED, end)
    }

    /// Nothing was heard for too long.
    pub(super) const fn timed_out() -> Self {
        Self::session_over(SessionEnd::TimedOut)
    }

    /// The server stops.
    pub(super) const fn shutdown() -> Self {
        Self::quiet(Close::GOING_AWAY, SessionEnd::Shutdown)
    }

    /// The rules of the transport were broken.
    pub(super) const fn violation(violation: Violation) -> Self {
        let close = match violation {
            Violation::Binary => Close::UNSUPPORTED,
            Violation::TooLarge => Close::TOO_LARGE,
            Violation::InvalidText => Close::INVALID_TEXT,
            Violation::Protocol => Close::PROTOCOL_ERROR,
        };
        Self::quiet(close, SessionEnd::Violation)
    }

    const fn quiet(close: Close, end: SessionEnd) -> Self {
        Self {
            status: None,
            close,
            end,
        }
    }
}
