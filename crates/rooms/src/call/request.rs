//! What an ask means for who is in the room.

use greenroom_domain::Timestamp;

use super::identity::Said;
use super::steps::Followed;
use super::{Ask, audio, text, video};

/// What an ask means for who is in the room.
#[derive(Debug)]
pub(super) struct Meaning {
    /// Whether it makes a person of a session that was none.
    pub(super) joins: bool,
    /// What it says of who asks, if it can.
    pub(super) said: Option<Said>,
    /// What it means for who follows the way of the one who asks.
    pub(super) followed: Option<Followed>,
    /// Since when it is waited for.
    pub(super) asked_at: Timestamp,
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

    pub(super) fn meaning(&self, asked_at: Timestamp) -> Meaning {
        Meaning {
            joins: self.joins(),
            said: self.introduces(),
            followed: Followed::of(self),
            asked_at,
        }
    }

    /// What it says of who asks, if it can.
    pub(super) fn introduces(&self) -> Option<Said> {
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
