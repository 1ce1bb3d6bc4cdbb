//! The frames of the Janus core protocol, as `docs/protocol.md` describes them: what a client may
//! send, read strictly, and what the server answers.

mod error;
mod id;
mod json;
mod reply;
mod request;

pub use error::{ErrorCode, JanusError};
pub use id::{HandleId, ID_MAX, SessionId};
pub use reply::{Made, Reply, StatusFrame, timeout_push};
pub use request::{Malformed, Request, Verb};
