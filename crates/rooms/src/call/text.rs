//! The board of messages: everybody who has joined it over a data channel.
//!
//! What is said on a data channel is the wire's business, so it goes up to signalling unparsed
//! ([`Event::Received`]); what signalling makes of it comes back as an ask, and what is to be
//! written comes back as [`Request::Write`].

mod board;

pub(super) use board::TextBoard;

/// What a handle asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Bring up the data channel; an offer comes back.
    Setup,
    /// The answer to the offer.
    Answer {
        /// SDP.
        answer: String,
    },
    /// Be somebody who gets messages.
    Join {
        /// Names the participant; unique on the board.
        username: String,
        /// Opaque text, handed on to everybody.
        display: Option<String>,
    },
    /// Hand a message on: to all, the sender included, or only to those that are named.
    Send {
        /// As it came.
        text: String,
        /// To whom; `None` for all.
        to: Option<Vec<String>>,
    },
    /// Cease to get messages.
    Leave,
    /// Who is there.
    ListParticipants,
    /// Write this text to the handle's own data channel. Not replied to.
    Write(String),
}

/// What a handle is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Reply to a setup.
    Offered {
        /// SDP.
        offer: String,
    },
    /// Reply to an answer.
    Answered,
    /// Push: the data channel is open.
    Opened,
    /// Push: this came in on the data channel.
    Received(String),
    /// Reply to a join, with all others.
    Joined(Vec<Member>),
    /// Push: somebody else joined.
    MemberJoined(Member),
    /// Reply to a send: who of those named was there to get it; empty if it went to all.
    Sent(Vec<(String, bool)>),
    /// Push: a message.
    Message {
        /// The sender's username.
        from: String,
        /// As it came.
        text: String,
        /// Whether it went to some only.
        whispered: bool,
    },
    /// Reply to a leave.
    Left,
    /// Push: somebody is gone.
    MemberLeft(String),
    /// Reply to a list.
    Members(Vec<Member>),
}

/// Somebody who gets messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Names the participant.
    pub username: String,
    /// Its opaque text.
    pub display: Option<String>,
}
