//! What a connection asks about tokens and rooms, and what it is told.

use greenroom_domain::{FamilyId, Timestamp};

use crate::wire::StatusFrame;

/// Why somebody is not let in, or not let stay. The client learns a number and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The token is no token of ours, or not valid now.
    #[error("the token is not valid")]
    Unauthorized,
    /// The token is good, but not here: another room, revoked, the room is full.
    #[error("not allowed here")]
    Forbidden,
    /// The room is not there (any more). At the door the same as [`Refusal::Forbidden`]; who is
    /// inside is sent out without a status frame.
    #[error("the room is gone")]
    RoomGone,
    /// Too many attempts.
    #[error("too many attempts")]
    TooMany,
    /// It could not be found out just now.
    #[error("cannot be checked just now")]
    Unavailable,
}

impl Refusal {
    /// What the client is told.
    pub(crate) const fn status(self) -> StatusFrame {
        let (status_code, error_message) = match self {
            Self::Unauthorized => (401, "Unauthorized"),
            Self::Forbidden | Self::RoomGone => (403, "Forbidden"),
            Self::TooMany => (429, "Too Many Requests"),
            Self::Unavailable => (503, "Service Unavailable"),
        };
        StatusFrame {
            status_code,
            error_message,
        }
    }

    /// Whether it says nothing about the token or the room, only about this moment.
    pub(crate) const fn is_passing(self) -> bool {
        match self {
            Self::TooMany | Self::Unavailable => true,
            Self::Unauthorized | Self::Forbidden | Self::RoomGone => false,
        }
    }
}

/// The door of one room, as one connection sees it. All of it answers at once, without waiting.
pub trait Gate: Sync {
    /// What a verified token allows.
    type Pass: Send;
    /// A session's place in the room; dropping it gives the place back.
    type Ticket: Send;

    /// Verifies a client token in full, for this room.
    fn admit(&self, token: &str, now: Timestamp) -> Result<Self::Pass, Refusal>;

    /// Checks what can change after [`Gate::admit`]: revocations and the room. It must be cheap
    /// (it is asked for every frame) and must **not** look at the token's expiry: whether that
    /// ends a session is a setting of the connection, which goes by [`Gate::expires_at`].
    ///
    /// [`Refusal::TooMany`] and [`Refusal::Unavailable`] end nothing here.
    fn recheck(&self, pass: &Self::Pass, now: Timestamp) -> Result<(), Refusal>;

    /// The first moment at which the token is not valid any more.
    fn expires_at(&self, pass: &Self::Pass) -> Timestamp;

    /// The family that the token is of.
    fn family(&self, pass: &Self::Pass) -> FamilyId;

    /// Whether both were given to the same bearer: same room, same account.
    fn same_bearer(&self, old: &Self::Pass, new: &Self::Pass) -> bool;

    /// Takes a place in the room for a new session.
    fn open_session(&self, pass: &Self::Pass, now: Timestamp) -> Result<Self::Ticket, Refusal>;
}
