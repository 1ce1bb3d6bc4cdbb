//! Connections between negotiation and their shard.

use str0m::Rtc;
use str0m::change::SdpPendingOffer;
use str0m::media::{Mid, Pt, Rid};
use str0m::rtp::Ssrc;

use super::{Making, audio_line, video_line};
use crate::codec::VideoFormat;
use crate::credentials::Ufrag;
use crate::settings::{
    MixLegSettings, NegotiationError, PeerId, PublisherSettings, SubscriberSettings, TrackCodec,
};

/// A negotiated connection on its way to its shard.
pub struct NewPeer {
    pub(crate) id: PeerId,
    pub(crate) ufrag: Ufrag,
    pub(crate) rtc: Box<Rtc>,
    pub(crate) role: NewRole,
}

impl NewPeer {
    /// Its name.
    pub fn id(&self) -> PeerId {
        self.id
    }
}

impl std::fmt::Debug for NewPeer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("NewPeer").field(&self.id).finish()
    }
}

/// What a connection is for.
pub(crate) enum NewRole {
    Publisher {
        settings: PublisherSettings,
        audio: Option<Mid>,
        video: Option<PublishedTrack>,
    },
    Subscriber {
        settings: SubscriberSettings,
        feeds: Vec<AnsweredFeed>,
        adapts: bool,
        tracks: usize,
    },
    MixLeg {
        settings: MixLegSettings,
        line: Line,
    },
    Text,
}

/// A publisher's video.
pub(crate) struct PublishedTrack {
    pub(crate) mid: Mid,
    pub(crate) format: VideoFormat,
    /// Lowest first; empty without simulcast.
    pub(crate) layers: Vec<Rid>,
}

impl PublishedTrack {
    pub(crate) fn describe(&self) -> TrackCodec {
        TrackCodec {
            mid: self.mid.to_string(),
            codec: self.format.name(),
            format: self.format.fmtp(),
            simulcast: !self.layers.is_empty(),
        }
    }
}

/// A publisher as it stands in an offer.
pub(crate) struct Feed {
    pub(crate) publisher: PeerId,
    pub(crate) audio: Option<Mid>,
    pub(crate) video: Option<(Mid, VideoFormat)>,
}

/// A publisher as it stands in the answer: on the lines that were taken.
pub(crate) struct AnsweredFeed {
    pub(crate) publisher: PeerId,
    pub(crate) audio: Option<Line>,
    pub(crate) video: Option<(Line, VideoFormat)>,
}

impl Feed {
    pub(crate) fn answered(&self, rtc: &mut Rtc) -> AnsweredFeed {
        AnsweredFeed {
            publisher: self.publisher,
            audio: self.audio.and_then(|mid| audio_line(rtc, mid)),
            video: self
                .video
                .and_then(|(mid, format)| Some((video_line(rtc, mid, format)?, format))),
        }
    }

    pub(crate) fn lines(&self) -> usize {
        usize::from(self.audio.is_some()) + usize::from(self.video.is_some())
    }
}

/// An m-line that we send on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) mid: Mid,
    pub(crate) ssrc: Ssrc,
    pub(crate) payload_type: Pt,
}

/// A connection that waits for the answer to its offer.
pub struct PendingPeer {
    pub(super) making: Making,
    pub(super) pending: SdpPendingOffer,
    pub(super) role: Pending,
}

pub(crate) enum Pending {
    Subscriber {
        settings: SubscriberSettings,
        feeds: Vec<Feed>,
        adapts: bool,
    },
    Text,
}

impl PendingPeer {
    /// Its name.
    pub fn id(&self) -> PeerId {
        self.making.peer
    }

    /// Changes what is to flow to it, if it is a subscriber.
    pub fn configure(&mut self, new: SubscriberSettings) {
        if let Pending::Subscriber { settings, .. } = &mut self.role {
            *settings = new;
        }
    }

    /// Takes the answer. The connection is lost if it does not fit.
    pub fn accept_answer(mut self, answer: &str) -> Result<NewPeer, NegotiationError> {
        self.making.take_answer(self.pending, answer)?;
        let role = match self.role {
            Pending::Subscriber {
                settings,
                feeds,
                adapts,
            } => NewRole::Subscriber {
                settings,
                tracks: feeds.iter().map(Feed::lines).sum(),
                feeds: feeds
                    .iter()
                    .map(|feed| feed.answered(&mut self.making.rtc))
                    .collect(),
                adapts,
            },
            Pending::Text => NewRole::Text,
        };
        Ok(self.making.finish(role))
    }
}

impl std::fmt::Debug for PendingPeer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PendingPeer")
            .field(&self.making.peer)
            .finish()
    }
}
