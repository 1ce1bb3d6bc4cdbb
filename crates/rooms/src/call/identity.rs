//! What the `display` of a leg or stream says of the person who shows it.
//!
//! For the boards a `display` is opaque. The browser SDK hides an object in it: base64 of JSON with
//! the id that it has made for its participant, and the context that the application gave.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT as BASE64;
use greenroom_domain::ParticipantId;
use greenroom_domain::limits::DISPLAY_MAX_BYTES;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Longest `display` that is a name as it stands, in bytes.
const NAME_MAX_BYTES: usize = 255;

/// What somebody says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The id that it has made for itself.
    pub(super) participant: Option<ParticipantId>,
    /// The context that the application gave, or the name that a general client shows.
    pub(super) context: Option<String>,
}

/// The members that are looked at.
#[derive(Deserialize)]
struct Content {
    #[serde(default, rename = "participantId")]
    participant: Lenient,
    #[serde(default)]
    external: Lenient,
}

/// A text, or whatever else stands in its place, unlooked at.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient {
    Text(String),
    Other(IgnoredAny),
}

impl Default for Lenient {
    fn default() -> Self {
        Self::Other(IgnoredAny)
    }
}

impl Lenient {
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other(_) => None,
        }
    }
}

impl Said {
    /// Reads a `display`. What is not the SDK's is a name if it is short and plain text.
    pub(super) fn read(display: &str) -> Self {
        if display.len() > DISPLAY_MAX_BYTES {
            return Self::default();
        }
        let content = BASE64.decode(display).ok();
        let content = content.and_then(|json| serde_json::from_slice::<Content>(&json).ok());
        match content {
            Some(content) => Self {
                participant: content.participant.text().and_then(|id| id.parse().ok()),
                context: content.external.text(),
            },
            None => Self {
                participant: None,
                context: is_name(display).then(|| display.to_owned()),
            },
        }
    }
}

fn is_name(display: &str) -> bool {
    (1..=NAME_MAX_BYTES).contains(&display.len()) && !display.chars().any(char::is_control)
}
