//! Janus errors: the numbers of its core API that this server uses, and a constructor for each situation.

use std::borrow::Cow;

use super::{HandleId, SessionId};

/// Longest piece of a client's text that an error repeats, in bytes.
const ECHO_MAX_BYTES: usize = 64;

/// The error numbers of the Janus core API that are in use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The token is good, but not for this session.
    Unauthorized = 403,
    /// A verb that the protocol does not have.
    UnknownRequest = 453,
    /// Not JSON, or JSON beyond the bounds.
    InvalidJson = 454,
    /// JSON, but no object where one is needed.
    InvalidJsonObject = 455,
    /// A member is missing.
    MissingMandatoryElement = 456,
    /// A verb at the wrong level: connection, session or handle.
    InvalidRequestPath = 457,
    /// No such session in this connection.
    SessionNotFound = 458,
    /// No such handle in this session.
    HandleNotFound = 459,
    /// No such plugin.
    PluginNotFound = 460,
    /// The plugin is there, but takes no further handle.
    PluginAttach = 461,
    /// A session description that is neither offer nor answer.
    JsepUnknownType = 464,
    /// A session description that is not looked at.
    JsepInvalidSdp = 465,
    /// A member has the wrong type or is too long.
    InvalidElementType = 467,
    /// No further session for now.
    NotAcceptingSessions = 472,
    /// Something else, such as a part of the server that cannot be reached.
    Unknown = 490,
}

impl ErrorCode {
    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }
}

/// What goes into the `error` member of a reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} ({})", code.number())]
pub struct JanusError {
    /// The number.
    pub code: ErrorCode,
    /// The text for people; clients do not look at it.
    pub reason: Cow<'static, str>,
}

impl JanusError {
    const fn fixed(code: ErrorCode, reason: &'static str) -> Self {
        Self {
            code,
            reason: Cow::Borrowed(reason),
        }
    }

    fn told(code: ErrorCode, reason: String) -> Self {
        Self {
            code,
            reason: Cow::Owned(reason),
        }
    }

    /// The frame is not JSON within the bounds.
    pub(crate) const fn invalid_json(reason: &'static str) -> Self {
        Self::fixed(ErrorCode::InvalidJson, reason)
    }

    /// The frame is JSON, but no object.
    pub(crate) const fn not_an_object() -> Self {
        Self::fixed(ErrorCode::InvalidJsonObject, "The frame is not an object")
    }

    /// A member that has to be an object is none.
    pub(crate) fn no_object(member: &'static str) -> Self {
        Self::told(
            ErrorCode::InvalidJsonObject,
            format!("Invalid element type ({member} should be an object)"),
        )
    }

    /// A session description of an unknown kind.
    pub(crate) fn unknown_jsep(kind: &str) -> Self {
        Self::told(
            ErrorCode::JsepUnknownType,
            format!("Unknown session description type{}", echo(kind)),
        )
    }

    /// A session description beyond the bound.
    pub(crate) const fn sdp_too_long() -> Self {
        Self::fixed(ErrorCode::JsepInvalidSdp, "The SDP is too long")
    }

    /// A member that has to be there is not.
    pub(crate) fn missing(member: &'static str) -> Self {
        Self::told(
            ErrorCode::MissingMandatoryElement,
            format!("Missing mandatory element ({member})"),
        )
    }

    /// A member is not what it should be.
    pub(crate) fn wrong_type(member: &'static str, wanted: &'static str) -> Self {
        Self::told(
            ErrorCode::InvalidElementType,
            format!("Invalid element type ({member} should be {wanted})"),
        )
    }

    /// The protocol has no such verb.
    pub(crate) fn unknown_verb(verb: &str) -> Self {
        Self::told(
            ErrorCode::UnknownRequest,
            format!("Unknown request{}", echo(verb)),
        )
    }

    /// The verb needs a session or a handle that is not named, or takes none and got one.
    pub(crate) fn wrong_path(verb: &'static str) -> Self {
        Self::told(
            ErrorCode::InvalidRequestPath,
            format!("Unhandled request '{verb}' at this path"),
        )
    }

    /// A handle without a session.
    pub(crate) const fn session_not_named() -> Self {
        Self::fixed(ErrorCode::SessionNotFound, "No session named")
    }

    /// No such session in this connection.
    pub(crate) fn no_such_session(session: SessionId) -> Self {
        Self::told(
            ErrorCode::SessionNotFound,
            format!("No such session {session}"),
        )
    }

    /// No such handle in this session.
    pub(crate) fn no_such_handle(handle: HandleId, session: SessionId) -> Self {
        Self::told(
            ErrorCode::HandleNotFound,
            format!("No such handle {handle} in session {session}"),
        )
    }

    /// No such plugin.
    pub(crate) fn no_such_plugin(plugin: &str) -> Self {
        Self::told(
            ErrorCode::PluginNotFound,
            format!("No such plugin{}", echo(plugin)),
        )
    }

    /// The session has all the handles it may have.
    pub(crate) const fn too_many_handles() -> Self {
        Self::fixed(
            ErrorCode::PluginAttach,
            "This session has too many handles already",
        )
    }

    /// The connection has all the sessions it may have.
    pub(crate) const fn too_many_sessions() -> Self {
        Self::fixed(
            ErrorCode::NotAcceptingSessions,
            "This connection has too many sessions already",
        )
    }

    /// A good token, but not one that this session may be carried on with.
    pub(crate) const fn other_bearer() -> Self {
        Self::fixed(
            ErrorCode::Unauthorized,
            "This token is not for this session",
        )
    }

    /// No further session with this token.
    pub(crate) const fn no_new_session() -> Self {
        Self::fixed(ErrorCode::Unauthorized, "No new session with this token")
    }

    /// The token could not be checked just now.
    pub(crate) const fn try_again() -> Self {
        Self::fixed(ErrorCode::Unknown, "Not now, try again")
    }
}

/// A client's text in quotes, or nothing if it is too long to repeat.
pub(crate) fn echo(text: &str) -> String {
    if text.len() > ECHO_MAX_BYTES {
        return String::new();
    }
    format!(" '{text}'")
}
