//! What an ask means for who is in the room.

use super::identity::Said;
use super::{Ask, audio, text, video};

/// What an ask means for who is in the room.
#[derive(Debug, Default)]
pub(super) struct Meaning {
    /// Whether it makes a person of a session that was none.
    pub(super) joins: bool,
    /// What it says of who asks, if it can.
    pub(super) said: Option<Said>,
}

impl Ask {
    /// Whether it makes a person of a session that was none.
    pub(super) const fn joins(&self) -> bool {
        matches!(
            self,
            Self::Audio(audio::Request::Join { .. })
                | Self::Video(
                    video::Request::JoinPublisher { .. } | video::Request::JoinSubscriber { .. }
                )
                | Self::Text(text::Request::Setup)
        )
    }

    pub(super) fn meaning(&self) -> Meaning {
        Meaning {
            joins: self.joins(),
            said: self.introduces(),
        }
    }

    fn introduces(&self) -> Option<Said> {
        let (joins, display) = match self {
            Self::Audio(audio::Request::Join { display, .. }) => (true, display.as_ref()),
            Self::Audio(audio::Request::Configure { display, .. }) => (false, display.as_ref()),
            Self::Video(video::Request::JoinPublisher {
                display, publish, ..
            }) => {
                let newer = publish.as_ref().and_then(|it| it.display.as_ref());
                (true, newer.or(display.as_ref()))
            }
            Self::Video(video::Request::Publish(publish)) => (false, publish.display.as_ref()),
            Self::Audio(audio::Request::Leave | audio::Request::ListParticipants)
            | Self::Video(
                video::Request::Unpublish
                | video::Request::Leave
                | video::Request::JoinSubscriber { .. }
                | video::Request::Start { .. }
                | video::Request::Pause
                | video::Request::ConfigureSubscriber(_)
                | video::Request::Switch { .. }
                | video::Request::Update { .. }
                | video::Request::ListParticipants,
            )
            | Self::Text(_)
            | Self::HangUp
            | Self::Detach => return None,
        };
        let said = display.map(|display| Said::read(display));
        said.or_else(|| joins.then(Said::default))
    }
}
