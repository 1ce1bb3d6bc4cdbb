//! The board of mixed audio: people, each heard by all others.

mod board;

use super::LegId;

pub(super) use board::AudioBoard;

/// What a handle asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Become a leg.
    Join {
        /// The id that is wanted.
        id: Option<LegId>,
        /// Opaque text, handed on to everybody.
        display: Option<String>,
        /// Whether it is not to be heard.
        muted: bool,
        /// SDP, to bring up the media connection at once.
        offer: Option<String>,
    },
    /// Change what is given; with an offer, bring up the media connection. The browser SDK sends it
    /// empty, too, and is answered all the same.
    Configure {
        /// New opaque text.
        display: Option<String>,
        /// Whether it is not to be heard.
        muted: Option<bool>,
        /// SDP.
        offer: Option<String>,
    },
    /// Cease to be a leg.
    Leave,
    /// Who is there; needs no join.
    ListParticipants,
}

/// What a handle is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Reply to a join, with all others.
    Joined {
        /// The id that was given.
        id: LegId,
        /// All others.
        participants: Vec<Participant>,
        /// SDP, if there was an offer.
        answer: Option<String>,
    },
    /// Push: somebody else joined.
    ParticipantJoined(Participant),
    /// Push: something about a leg changed (display, muted, media up); also to itself if an operator
    /// has muted or unmuted it.
    ParticipantChanged(Participant),
    /// Reply to a configure.
    Configured {
        /// SDP, if there was an offer.
        answer: Option<String>,
    },
    /// Reply to a leave.
    Left(LegId),
    /// Push: a leg is gone. Never told to the one who leaves: the browser SDK would end its session.
    Leaving(LegId),
    /// Push, also to the one concerned: a leg was thrown out.
    Kicked(LegId),
    /// Push: a leg began (`true`) or ceased to talk.
    Talking(LegId, bool),
    /// Reply to a list.
    Participants(Vec<Participant>),
}

/// A leg as the others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Its id.
    pub id: LegId,
    /// Its opaque text.
    pub display: Option<String>,
    /// Whether it is not heard.
    pub muted: bool,
    /// Whether its media connection is up.
    pub setup: bool,
    /// Whether it is talking; `None` without a media connection.
    pub talking: Option<bool>,
}
