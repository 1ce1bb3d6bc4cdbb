//! The frames of the Janus core protocol, as `docs/protocol.md` describes them: what a client may
//! send, read strictly, and what the server answers.

mod error;
mod event;
mod id;
mod jsep;
mod json;
mod reply;
mod request;

use serde::Serialize;

pub(crate) use error::echo;
pub use error::{ErrorCode, JanusError};
pub use event::Sender;
pub use id::{HandleId, ID_MAX, SessionId};
pub use jsep::{Jsep, JsepKind};
pub(crate) use json::parse as parse_json;
pub use reply::{Made, Reply, StatusFrame, timeout_push};
pub use request::{Malformed, Message, Request, Verb};

/// Writes what the server sends as JSON.
pub(crate) fn to_text(frame: &impl Serialize) -> String {
    // Only text, numbers, lists and fixed names: there is nothing in it that JSON cannot hold.
    serde_json::to_string(frame).unwrap_or_default()
}
