//! Asks, short to write.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use greenroom_domain::ParticipantId;
use uuid::Uuid;

use crate::call::{Ask, LegId, News, Refusal, audio, text, video};

impl From<audio::Request> for Ask {
    fn from(request: audio::Request) -> Self {
        Self::Audio(request)
    }
}

impl From<video::Request> for Ask {
    fn from(request: video::Request) -> Self {
        Self::Video(request)
    }
}

impl From<text::Request> for Ask {
    fn from(request: text::Request) -> Self {
        Self::Text(request)
    }
}

pub(crate) fn audio_join(display: &str) -> audio::Request {
    audio::Request::Join {
        id: None,
        display: Some(display.to_owned()),
        muted: false,
        offer: None,
    }
}

pub(crate) fn video_join(display: &str) -> video::Request {
    video::Request::JoinPublisher {
        id: None,
        display: Some(display.to_owned()),
        publish: None,
    }
}

pub(crate) fn publish(offer: &str) -> video::Request {
    video::Request::Publish(video::Publish {
        offer: Some(offer.to_owned()),
        ..video::Publish::default()
    })
}

pub(crate) fn rename(display: &str) -> video::Request {
    video::Request::Publish(video::Publish {
        display: Some(display.to_owned()),
        ..video::Publish::default()
    })
}

pub(crate) fn subscribe(feeds: &[LegId], flow: video::Flow) -> video::Request {
    video::Request::JoinSubscriber {
        feeds: feeds
            .iter()
            .map(|feed| video::FeedWanted { feed: *feed })
            .collect(),
        flow,
    }
}

pub(crate) fn start(answer: &str) -> video::Request {
    video::Request::Start {
        answer: Some(answer.to_owned()),
    }
}

pub(crate) fn text_join(username: &str) -> text::Request {
    text::Request::Join {
        username: username.to_owned(),
        display: None,
    }
}

/// A `display` as the browser SDK makes it.
pub(crate) fn sdk_display(participant: u128, context: Option<&str>) -> String {
    let id = ParticipantId::from_uuid(Uuid::from_u128(participant));
    let external = context.map_or(String::new(), |context| {
        format!(r#","external":{}"#, serde_json::Value::from(context))
    });
    STANDARD.encode(format!(r#"{{"participantId":"{id}"{external}}}"#))
}

pub(crate) fn refused(refusal: Refusal) -> News {
    News::Refused(refusal)
}
