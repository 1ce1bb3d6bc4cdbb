//! What goes on in a live room: who is in it, what is published, who hears whom.
//!
//! Three boards hold it: the mixed audio ([`audio`]), the streams ([`video`]) and the messages
//! ([`text`]). A signalling connection takes part through *handles*, each on one board. It asks
//! with an [`Ask`], and is told with a [`Told`]: exactly one reply to every ask, and pushes.
//! Whatever one session is told keeps its order over all boards.

pub mod audio;
mod desk;
pub mod hub;
mod identity;
pub mod line;
mod machine;
pub mod media;
mod moderation;
mod people;
pub mod quality;
mod record;
mod request;
mod returning;
mod steps;
mod task;
pub mod text;
pub mod video;
mod weight;

#[cfg(test)]
pub(crate) mod tests;

pub use hub::Calls;
pub use line::{CallOver, Line, LineId, LineSays, LineStep};
pub use machine::Call;
pub use quality::{PersonQuality, Quality};
pub use steps::CallStep;

use greenroom_domain::limits::{RETURN_CHECK_SECS, SILENCE_MAX_SECS};
use greenroom_domain::{FamilyId, ParticipantId};

use crate::history::{History, Note, RoomRef};

/// How long silence is borne, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Silence of a connection after which a person is given up whose media is not up.
    pub silence_secs: i64,
    /// How long somebody has to answer when its person seems to have come back by another connection; 0:
    /// nobody is asked.
    pub return_check_secs: i64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silence_secs: SILENCE_MAX_SECS,
            return_check_secs: RETURN_CHECK_SECS,
        }
    }
}

/// Hears who is in the calls.
pub trait NoteTaker: Send + Sync {
    /// Takes a note of what happened in a room; must not wait.
    fn note(&self, room: RoomRef, note: Note);
}

impl NoteTaker for History {
    fn note(&self, room: RoomRef, note: Note) {
        self.note(room, note);
    }
}

/// Somebody who is in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Who.
    pub participant: ParticipantId,
    /// The families whose tokens it came with, oldest first.
    pub families: Vec<FamilyId>,
}

/// One handle of one session, as signalling names it; unique within its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HandleKey {
    /// The session that the handle belongs to.
    pub session: u64,
    /// The handle.
    pub handle: u64,
}

/// Somebody on a board: a leg of the mixed audio, a publisher, a stream. A non-zero integer below
/// 2^53, unique in the room's call, told to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

/// A client's own name for one ask; comes back with the reply.
pub type Transaction = String;

/// What a handle asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// On the board of mixed audio.
    Audio(audio::Request),
    /// On the board of streams.
    Video(video::Request),
    /// On the board of messages.
    Text(text::Request),
    /// The handle's media connection is to end; the handle stays. A stream is unpublished by it, a
    /// subscriber or member of the messages has to join again. Not replied to.
    HangUp,
    /// The handle is gone, with all that it held. Not replied to.
    Detach,
}

/// What a handle is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which handle.
    pub handle: HandleKey,
    /// The ask that this replies to; `None` for a push.
    pub reply_to: Option<Transaction>,
    /// What.
    pub news: News,
}

/// What comes out of a call on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineNews {
    /// A handle is told something.
    Told(Told),
    /// The session's network is gone: all its media timed out while its connection was silent, or its
    /// person has come back by another connection. The others have been told that it left; the connection
    /// should end it.
    Vanished(u64),
    /// Whether the peer is still there is to be found out: it should be pinged at once.
    Ping,
    /// The session was sent out. It has been told all that it will be told; the connection should
    /// end it.
    Removed(u64, Removal),
}

/// Why a session was sent out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Removal {
    /// An operator threw this one out.
    Kicked,
    /// An operator ended the session of the room.
    SessionEnded,
    /// The room was deleted.
    RoomDeleted,
}

/// What there is to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// From the board of mixed audio.
    Audio(audio::Event),
    /// From the board of streams.
    Video(video::Event),
    /// From the board of messages.
    Text(text::Event),
    /// An ask could not be granted.
    Refused(Refusal),
    /// The handle's media connection is up.
    MediaUp,
    /// The handle's media connection has ended without its asking.
    MediaDown(MediaDown),
}

/// Why an ask was not granted. Signalling gives each its number on the board it was asked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// As many people as the room holds are in it. The session ends with it: the browser SDK
    /// understands no error reply.
    #[error("the room is full")]
    RoomFull,
    /// The handle has joined already.
    #[error("already joined")]
    AlreadyJoined,
    /// The handle has to join first.
    #[error("not joined")]
    NotJoined,
    /// There is no such stream.
    #[error("no such feed")]
    NoSuchFeed,
    /// The id that was asked for is taken.
    #[error("the id is taken")]
    IdTaken,
    /// Nothing is published.
    #[error("nothing is published")]
    NotPublished,
    /// Something is published already.
    #[error("already published")]
    AlreadyPublished,
    /// The session description cannot be used.
    #[error("the SDP cannot be used")]
    InvalidSdp,
    /// The ask makes no sense for this handle as it is now.
    #[error("not possible now")]
    NotPossible,
    /// A bound of the room was reached: legs, streams, subscriptions.
    #[error("a limit was reached")]
    LimitReached,
    /// The media engine cannot take more, or is stopping.
    #[error("media is not available")]
    MediaUnavailable,
}

/// Why a media connection ended without being asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaDown {
    /// The peer closed it.
    ClosedByPeer,
    /// Nothing was heard of the peer any more (ICE consent).
    TimedOut,
    /// Something went wrong with it here.
    Failed,
    /// What it carried is gone: the stream was unpublished, somebody was moderated.
    Gone,
}
