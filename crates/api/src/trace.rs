//! Whose tokens a request was about, for whoever follows the way of a token.

use axum::Extension;
use axum::http::{HeaderName, StatusCode};
use greenroom_domain::{FamilyId, RoomId};

/// Stands among the extensions of an answer that issued a token, or refused to for one that is this server's. No
/// client sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenTrace {
    /// The family.
    pub family: FamilyId,
    /// The room that the token is for, or was presented for.
    pub room: Option<RoomId>,
    /// What came of the request.
    pub outcome: TokenOutcome,
}

/// What came of a request for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOutcome {
    /// The family began with it.
    Begun,
    /// A further token of the family was issued.
    Refreshed,
    /// None was, for that reason.
    Refused(&'static str),
}

/// An answer with new tokens.
pub(crate) type Issued<T> = (
    StatusCode,
    Extension<TokenTrace>,
    [(HeaderName, &'static str); 1],
    T,
);

impl TokenTrace {
    pub(crate) const fn issued(family: FamilyId, room: RoomId, outcome: TokenOutcome) -> Self {
        Self {
            family,
            room: Some(room),
            outcome,
        }
    }
}
