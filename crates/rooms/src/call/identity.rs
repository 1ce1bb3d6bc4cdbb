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
    /// What it says of the stream that it publishes.
    pub(super) stream: SaidStream,
}

/// What somebody says of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SaidStream {
    /// The application's name for it, such as `self`.
    pub(super) key: Option<String>,
    /// Whether there is sound in it; the browser SDK offers a line for it in any case.
    pub(super) audio: Option<bool>,
    /// Whether there is a picture in it, likewise.
    pub(super) video: Option<bool>,
}

/// The members that are looked at.
#[derive(Deserialize)]
struct Content {
    #[serde(default, rename = "participantId")]
    participant: Lenient,
    #[serde(default)]
    external: Lenient,
    #[serde(default)]
    stream: LenientStream,
}

/// A stream, or whatever else stands in its place.
#[derive(Deserialize)]
#[serde(untagged)]
enum LenientStream {
    Stream {
        #[serde(default)]
        key: Lenient,
        #[serde(default, rename = "isAudioEnabled")]
        audio: LenientFlag,
        #[serde(default, rename = "isVideoEnabled")]
        video: LenientFlag,
    },
    Other(IgnoredAny),
}

impl Default for LenientStream {
    fn default() -> Self {
        Self::Other(IgnoredAny)
    }
}

impl LenientStream {
    fn read(self) -> SaidStream {
        match self {
            Self::Stream { key, audio, video } => SaidStream {
                key: key.text().filter(|key| is_name(key)),
                audio: audio.flag(),
                video: video.flag(),
            },
            Self::Other(_) => SaidStream::default(),
        }
    }
}

/// True or false, or whatever else stands in its place.
#[derive(Deserialize)]
#[serde(untagged)]
enum LenientFlag {
    Flag(bool),
    Other(IgnoredAny),
}

impl Default for LenientFlag {
    fn default() -> Self {
        Self::Other(IgnoredAny)
    }
}

impl LenientFlag {
    const fn flag(self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(flag),
            Self::Other(_) => None,
        }
    }
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
                stream: content.stream.read(),
            },
            None => Self {
                participant: None,
                context: is_name(display).then(|| display.to_owned()),
                stream: SaidStream::default(),
            },
        }
    }
}

fn is_name(display: &str) -> bool {
    (1..=NAME_MAX_BYTES).contains(&display.len()) && !display.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD_NO_PAD;

    use super::*;

    const ID: &str = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0";

    fn said(participant: Option<&str>, context: Option<&str>) -> Said {
        Said {
            participant: participant.map(|id| id.parse().unwrap()),
            context: context.map(str::to_owned),
            stream: SaidStream::default(),
        }
    }

    fn read(json: &str) -> Said {
        Said::read(&BASE64.encode(json))
    }

    #[test]
    fn what_the_browser_sdk_hides_is_found() {
        // As the SDK made it, with a context of its sample application.
        let seen = "eyJwYXJ0aWNpcGFudElkIjoiMGNjYzdiNTQtNGRmMy00YmNhLWE2NWEtM2RhMWVjYzc3N2YwIiwiZXh0ZXJuYWwiOiJ7XCJpZFwiOlwiQVwiLFwidXNlcm5hbWVcIjpcIlpvw6tcIn0iLCJjYW5SZWNlaXZlTWVzc2FnZXMiOmZhbHNlfQ==";
        let context = r#"{"id":"A","username":"Zoë"}"#;
        assert_eq!(Said::read(seen), said(Some(ID), Some(context)));
        let json = format!(r#"{{"participantId":"{ID}","stream":{{"key":"self"}}}}"#);
        let streaming = Said {
            stream: SaidStream {
                key: Some("self".to_owned()),
                ..SaidStream::default()
            },
            ..said(Some(ID), None)
        };
        assert_eq!(read(&json), streaming);
        let unpadded = STANDARD_NO_PAD.encode(&json);
        assert_eq!(Said::read(&unpadded), streaming);
    }

    #[test]
    fn what_is_said_of_a_stream_is_found_as_far_as_it_makes_sense() {
        let stream = |stream: &str| read(&format!(r#"{{"stream":{stream}}}"#)).stream;
        let as_the_sdk_says =
            r#"{"id":"x","key":"presentation","isAudioEnabled":false,"isVideoEnabled":true}"#;
        let said = SaidStream {
            key: Some("presentation".to_owned()),
            audio: Some(false),
            video: Some(true),
        };
        assert_eq!(stream(as_the_sdk_says), said);
        let odd = r#"{"key":7,"isAudioEnabled":"no","isVideoEnabled":true}"#;
        let said = SaidStream {
            video: Some(true),
            ..SaidStream::default()
        };
        assert_eq!(stream(odd), said);
        let long = format!(r#"{{"key":"{}"}}"#, "x".repeat(NAME_MAX_BYTES + 1));
        for none in ["null", "7", "\"self\"", "{}", "[]", &long] {
            assert_eq!(stream(none), SaidStream::default(), "{none}");
        }
    }

    #[test]
    fn what_is_no_id_or_no_text_is_passed_over() {
        let upper = ID.to_ascii_uppercase();
        for id in ["\"x\"", "1", "null", "{}", &format!("\"{upper}\"")] {
            let json = format!(r#"{{"participantId":{id},"external":"y"}}"#);
            assert_eq!(read(&json), said(None, Some("y")), "{json}");
        }
        for external in ["1", "null", "[[]]", "{\"a\":1}"] {
            let json = format!(r#"{{"participantId":"{ID}","external":{external}}}"#);
            assert_eq!(read(&json), said(Some(ID), None), "{json}");
        }
        let deep = "[".repeat(5_000);
        assert_eq!(read(&deep).participant, None);
        let deep = format!(r#"{{"external":{deep}"#);
        assert_eq!(read(&deep).participant, None);
    }

    #[test]
    fn anything_else_is_a_name_if_it_could_be_one() {
        for name in ["Ann", "Zoë B.", "=", "AAAA", &"x".repeat(NAME_MAX_BYTES)] {
            assert_eq!(Said::read(name), said(None, Some(name)));
        }
        let long = "x".repeat(NAME_MAX_BYTES + 1);
        let beyond = "x".repeat(DISPLAY_MAX_BYTES + 1);
        for none in ["", "a\nb", "\u{7f}", &long, &beyond] {
            assert_eq!(Said::read(none), Said::default(), "{none:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_too_odd(display in ".{0,300}", json in r#"[\[\]{}",:a-zA-Z0-9\\]{0,300}"#) {
            for said in [Said::read(&display), read(&json)] {
                let context = said.context.unwrap_or_default();
                proptest::prop_assert!(context.len() <= DISPLAY_MAX_BYTES);
            }
        }
    }
}
