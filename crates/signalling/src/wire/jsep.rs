//! The member `jsep`: a session description on its way.

use greenroom_domain::limits::SDP_MAX_BYTES;
use serde::Serialize;
use serde_json::{Map, Value};

use super::JanusError;

/// What a session description is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JsepKind {
    /// Somebody offers.
    Offer,
    /// Somebody answers an offer.
    Answer,
}

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jsep {
    /// Offer or answer.
    pub kind: JsepKind,
    /// SDP.
    pub sdp: String,
}

impl Jsep {
    /// Takes the member out of a request; everything in it but `type` and `sdp` is ignored.
    pub(super) fn take(members: &mut Map<String, Value>) -> Result<Option<Self>, JanusError> {
        let jsep = match members.remove("jsep") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(jsep)) => jsep,
            Some(_) => return Err(JanusError::no_object("jsep")),
        };
        let text = |name| match jsep.get(name) {
            None => Err(JanusError::missing(name)),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(JanusError::wrong_type(name, "a string")),
        };
        let kind = text("type")?;
        let kind = if kind.eq_ignore_ascii_case("offer") {
            JsepKind::Offer
        } else if kind.eq_ignore_ascii_case("answer") {
            JsepKind::Answer
        } else {
            return Err(JanusError::unknown_jsep(kind));
        };
        let sdp = text("sdp")?;
        if sdp.len() > SDP_MAX_BYTES {
            return Err(JanusError::sdp_too_long());
        }
        Ok(Some(Self {
            kind,
            sdp: sdp.clone(),
        }))
    }
}
