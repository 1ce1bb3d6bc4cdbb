//! The board of streams: publishers, and subscribers to what they publish.
//!
//! A publisher publishes at most one stream, of one audio and one video track; its id is the feed.

mod board;

use super::LegId;

pub(super) use board::VideoBoard;

/// What a handle asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Become a publisher, and publish at once if there is an offer in `publish`.
    JoinPublisher {
        /// The id that is wanted.
        id: Option<LegId>,
        /// Opaque text, handed on to everybody.
        display: Option<String>,
        /// What to publish at once.
        publish: Option<Publish>,
    },
    /// Publish (with an offer) or change what is published (without).
    Publish(Publish),
    /// Cease to publish, and stay.
    Unpublish,
    /// Cease to be a publisher or subscriber.
    Leave,
    /// Become a subscriber; an offer comes back.
    JoinSubscriber {
        /// To which feeds; at least one.
        feeds: Vec<FeedWanted>,
        /// What is to flow.
        flow: Flow,
    },
    /// The answer to the offer, or go on after a pause.
    Start {
        /// SDP.
        answer: Option<String>,
    },
    /// Let nothing flow.
    Pause,
    /// Change what flows to a subscriber.
    ConfigureSubscriber(Flow),
    /// Show another feed in the place of the only one, without a new offer.
    Switch {
        /// The other feed.
        feed: LegId,
    },
    /// Change which feeds are subscribed to; a new offer comes back if anything changed.
    Update {
        /// Feeds to add.
        subscribe: Vec<FeedWanted>,
        /// Feeds to drop.
        unsubscribe: Vec<LegId>,
    },
    /// Who publishes or could; needs no join.
    ListParticipants,
}

/// What to publish, or what to change of it; `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publish {
    /// SDP.
    pub offer: Option<String>,
    /// Whether audio is handed on.
    pub audio: Option<bool>,
    /// Whether video is handed on.
    pub video: Option<bool>,
    /// Most that the publisher may send, in bit/s; 0 for no limit.
    pub bitrate_bps: Option<u32>,
    /// New opaque text.
    pub display: Option<String>,
    /// Ask the publisher for a key frame now.
    pub keyframe: bool,
}

/// A feed to subscribe to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedWanted {
    /// Whose.
    pub feed: LegId,
}

/// What is to flow to a subscriber; `None` leaves as it is, at first all flows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    /// Audio.
    pub audio: Option<bool>,
    /// Video.
    pub video: Option<bool>,
    /// Highest simulcast layer, 0 (lowest) to 2.
    pub substream: Option<u8>,
    /// Highest temporal layer, 0 (lowest) to 2.
    pub temporal: Option<u8>,
}

/// What a handle is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Reply to a publisher's join, with all streams of others.
    Joined {
        /// The id that was given.
        id: LegId,
        /// A number that only the publisher knows.
        private_id: u32,
        /// Streams that can be subscribed to.
        publishers: Vec<Publisher>,
        /// SDP, if it published at once.
        published: Option<Published>,
    },
    /// Push: a stream can be subscribed to.
    Publishing(Publisher),
    /// Push: the display of a publisher changed.
    DisplayChanged {
        /// Whose.
        id: LegId,
        /// The new text.
        display: Option<String>,
    },
    /// Reply to a publish or a change of it.
    Configured(Option<Published>),
    /// Push: a stream is gone, and can't be subscribed to any more.
    Unpublished(LegId),
    /// Reply to an unpublish.
    UnpublishedOwn,
    /// Push: a publisher has left.
    Leaving(LegId),
    /// Reply to a leave.
    Left,
    /// Push, also to the one concerned: a publisher was thrown out.
    Kicked(LegId),
    /// Push: a stream's audio was silenced by an operator, or is let through again.
    AudioModerated {
        /// Whose.
        id: LegId,
        /// The m-line of the audio track in the publisher's offer.
        mid: String,
        /// Whether it is silenced.
        muted: bool,
    },
    /// Push: somebody began (`true`) or ceased to talk on a stream.
    Talking(LegId, bool),
    /// Reply to a subscriber's join: an offer.
    Attached {
        /// The feeds, in the order of the offer's lines.
        feeds: Vec<Publisher>,
        /// SDP.
        offer: String,
    },
    /// Reply to a start.
    Started,
    /// Reply to a pause.
    Paused,
    /// Reply to a change of what flows.
    SubscriberConfigured,
    /// Reply to a switch.
    Switched(Publisher),
    /// Reply to an update: a new offer if anything changed.
    Updated {
        /// The feeds, in the order of the offer's lines.
        feeds: Vec<Publisher>,
        /// SDP.
        offer: Option<String>,
    },
    /// Reply to a list.
    Participants(Vec<Participant>),
}

/// What came of publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// SDP.
    pub answer: String,
    /// What is published.
    pub tracks: Vec<Track>,
}

/// A stream that can be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// The feed.
    pub id: LegId,
    /// Its opaque text.
    pub display: Option<String>,
    /// What it consists of.
    pub tracks: Vec<Track>,
    /// Whether its audio is silenced by an operator.
    pub audio_moderated: bool,
    /// Whether its video is.
    pub video_moderated: bool,
    /// Whether somebody talks on it.
    pub talking: bool,
}

/// One track of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// What it is.
    pub kind: TrackKind,
    /// Its m-line in the publisher's offer.
    pub mid: String,
    /// The codec, in lower case: `opus`, `vp8`.
    pub codec: String,
    /// Whether there are simulcast layers.
    pub simulcast: bool,
}

/// Audio or video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrackKind {
    /// Audio.
    Audio,
    /// Video.
    Video,
}

/// A publisher, publishing or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Its id.
    pub id: LegId,
    /// Its opaque text.
    pub display: Option<String>,
    /// Whether it publishes.
    pub publishing: bool,
    /// Whether it is talking.
    pub talking: Option<bool>,
}
