//! The steps of somebody's way from a token to the first frame, for whoever follows it (`docs/operating.md`).
//!
//! Who takes a step tells of it once it is over. A step names the token family that it was taken with, which is all
//! that is needed to see which steps belong together: nothing is carried along or remembered for it.

use greenroom_domain::{FamilyId, ParticipantId, RoomId, Timestamp};
use greenroom_media::Kind;

/// Hears of steps.
pub trait Tracer: Send + Sync {
    /// Takes note of a step; must not wait.
    fn step(&self, step: Step);
}

/// One step, which is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Whose token it was taken with.
    pub family: FamilyId,
    /// In which room.
    pub room: RoomId,
    /// In which session, as the Janus protocol numbers it; `None` if there is none yet.
    pub session: Option<u64>,
    /// Who took it, once that is on record.
    pub participant: Option<ParticipantId>,
    /// When it began.
    pub started: Timestamp,
    /// When it was over.
    pub ended: Timestamp,
    /// What it was.
    pub what: What,
    /// Why it came to nothing, if so: for operators.
    pub fault: Option<String>,
}

/// What somebody did, or what happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Came to the door, and opened a session or was refused.
    Opened,
    /// Asked for a seat on a board, or sent a session description.
    Asked {
        /// Where.
        board: Board,
        /// Whether it was for a seat.
        joins: bool,
        /// What became of a session description, if one was part of it.
        description: Option<Description>,
    },
    /// ICE and DTLS came up, or did not.
    Connected(Board),
    /// The first media of a track came in.
    FirstFrameIn(Board, Kind),
    /// The first media of a track went out to it; of whom, if it is not the mixed audio.
    FirstFrameOut(Board, Kind, Option<ParticipantId>),
    /// A media connection that was up ended, and nobody wanted that.
    MediaLost(Board),
    /// Went on with a token of this family, after one of another.
    TokenReplaced {
        /// The family before.
        former: FamilyId,
    },
    /// Was in its session, which ended for that reason.
    Closed(&'static str),
}

/// A side of a call, and as what one sits there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Board {
    /// The mixed audio.
    Audio,
    /// The streams, as a publisher.
    Publisher,
    /// The streams, as a subscriber.
    Subscriber,
    /// The messages.
    Text,
}

/// What became of a session description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Description {
    /// An offer of the client was answered.
    OfferAnswered,
    /// An offer was made to it.
    OfferMade,
    /// Its answer was taken.
    AnswerTaken,
}
