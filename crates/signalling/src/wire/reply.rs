//! What the server sends: replies, pushes and status frames.

use serde::Serialize;

use super::{HandleId, JanusError, SessionId, to_text};

/// A reply of the Janus core; it repeats the request's `transaction` and `session_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Done, with the id of what was made if something was.
    Success(Option<Made>),
    /// Seen; whatever comes of it comes later.
    Ack,
    /// The answer to a `ping`.
    Pong,
    /// Refused.
    Error(JanusError),
}

/// What a request made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Made {
    /// A session.
    Session(SessionId),
    /// A handle.
    Handle(HandleId),
}

impl Reply {
    /// The frame, as an answer to the request that had this transaction and named this session.
    pub fn to_frame(&self, transaction: Option<&str>, session_id: Option<SessionId>) -> String {
        let (janus, data, error) = match self {
            Self::Success(made) => ("success", made.map(|id| Data { id }), None),
            Self::Ack => ("ack", None, None),
            Self::Pong => ("pong", None, None),
            Self::Error(error) => ("error", None, Some(error)),
        };
        to_text(&Frame {
            janus,
            session_id,
            transaction,
            data,
            error: error.map(|error| ErrorBody {
                code: error.code.number(),
                reason: &error.reason,
            }),
        })
    }
}

/// The push that tells that a session ended because nothing was heard of it.
pub fn timeout_push(session_id: SessionId) -> String {
    to_text(&Frame {
        janus: "timeout",
        session_id: Some(session_id),
        transaction: None,
        data: None,
        error: None,
    })
}

/// `{status_code, error_message}`: the frame after which the browser SDK closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StatusFrame {
    /// An HTTP status, as a number.
    pub status_code: u16,
    /// Its usual words; never more precise than the number.
    pub error_message: &'static str,
}

impl StatusFrame {
    /// The frame.
    pub fn to_frame(self) -> String {
        to_text(&self)
    }
}

#[derive(Serialize)]
struct Frame<'a> {
    janus: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorBody<'a>>,
}

#[derive(Serialize)]
struct Data {
    id: Made,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: u16,
    reason: &'a str,
}
