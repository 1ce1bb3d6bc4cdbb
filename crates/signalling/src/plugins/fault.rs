//! Why a plugin does not do what a request asks. Each plugin has its own numbers for it.

use std::borrow::Cow;

use greenroom_rooms::call::Refusal;

use crate::wire::echo;

/// What is wrong with a request, or with the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not JSON, or no object; only on the data channel, as a frame would not have got here.
    NotJson(&'static str),
    /// A member that has to be there is not.
    Missing(&'static str),
    /// A member is not what it should be.
    Invalid {
        member: &'static str,
        wanted: &'static str,
    },
    /// The plugin has no such request.
    UnknownRequest(String),
    /// Done over REST here, for those who have an API key.
    NotHere,
    /// The request names another room than the connection's.
    NoSuchRoom,
    /// An answer where an offer is needed, or the other way round, or none.
    WrongJsep(&'static str),
    /// The call, or the plugin in its place, does not grant it.
    Refused(Refusal),
}

impl Fault {
    /// The text for people.
    pub(super) fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::NotJson(reason) | Self::WrongJsep(reason) => Cow::Borrowed(reason),
            Self::Missing(member) => format!("Missing element ({member})").into(),
            Self::Invalid { member, wanted } => {
                format!("Invalid element ({member} should be {wanted})").into()
            }
            Self::UnknownRequest(request) => format!("Unknown request{}", echo(request)).into(),
            Self::NotHere => "Not allowed here: rooms are managed over the REST API".into(),
            Self::NoSuchRoom => "No such room".into(),
            Self::Refused(refusal) => sentence(*refusal).into(),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

const fn sentence(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::RoomFull => "The room is full",
        Refusal::AlreadyJoined => "Already joined",
        Refusal::NotJoined => "Join first",
        Refusal::NoSuchFeed => "No such feed",
        Refusal::IdTaken => "This id is taken",
        Refusal::NotPublished => "Nothing is published",
        Refusal::AlreadyPublished => "Already published",
        Refusal::InvalidSdp => "The SDP cannot be used",
        Refusal::NotPossible => "Not possible now",
        Refusal::LimitReached => "A limit was reached",
        Refusal::MediaUnavailable => "No media connection can be made now",
    }
}

/// What the browser SDK, which does not look at error replies, has to be told instead: its promise
/// to connect would stay open until its own limit, or for ever. `connects` tells whether the client
/// cannot do without what it asked for.
pub(super) const fn ends_session(refusal: Refusal, connects: bool) -> Option<crate::Refusal> {
    match refusal {
        Refusal::RoomFull => Some(crate::Refusal::Forbidden),
        Refusal::LimitReached if connects => Some(crate::Refusal::Forbidden),
        Refusal::MediaUnavailable => Some(crate::Refusal::Unavailable),
        Refusal::AlreadyJoined
        | Refusal::NotJoined
        | Refusal::NoSuchFeed
        | Refusal::IdTaken
        | Refusal::NotPublished
        | Refusal::AlreadyPublished
        | Refusal::InvalidSdp
        | Refusal::NotPossible
        | Refusal::LimitReached => None,
    }
}
