//! What a media connection is told to do, and what was agreed on it.

/// One media connection; unique in the process, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(pub u64);

/// What a publisher may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublisherSettings {
    /// Whether its audio is handed on.
    pub audio: bool,
    /// Whether its video is handed on.
    pub video: bool,
    /// Whether its audio was silenced by an operator, whatever it wants itself.
    pub audio_censored: bool,
    /// Most it may send, in bit/s; 0 for no limit.
    pub bitrate_bps: u32,
}

impl PublisherSettings {
    /// All is handed on, and there is no limit: what a publisher starts with.
    pub const OPEN: Self = Self {
        audio: true,
        video: true,
        audio_censored: false,
        bitrate_bps: 0,
    };
}

/// What flows to a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriberSettings {
    /// Whether audio flows.
    pub audio: bool,
    /// Whether video flows.
    pub video: bool,
    /// Highest simulcast layer, 0 (lowest) to [`Self::LAYER_MAX`].
    pub substream_max: u8,
    /// Highest temporal layer, 0 (lowest) to [`Self::LAYER_MAX`].
    pub temporal_max: u8,
}

impl SubscriberSettings {
    /// The highest layer there is, simulcast or temporal.
    pub const LAYER_MAX: u8 = 2;

    /// All flows, in the best quality: what a subscriber starts with.
    pub const ALL: Self = Self {
        audio: true,
        video: true,
        substream_max: Self::LAYER_MAX,
        temporal_max: Self::LAYER_MAX,
    };
}

/// How a leg takes part in the mixed audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MixLegSettings {
    /// Whether it is not heard.
    pub muted: bool,
}

/// What a publisher's offer and our answer came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherTracks {
    /// Its audio track.
    pub audio: Option<TrackCodec>,
    /// Its video track.
    pub video: Option<TrackCodec>,
}

/// One track that was agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackCodec {
    /// The m-line's name in the publisher's offer.
    pub mid: String,
    /// In lower case: `opus`, `vp8`, `h264`, `vp9`, `av1`.
    pub codec: &'static str,
    /// Format parameters that a subscriber's offer has to match (H.264 profile and packetization
    /// mode, VP9 profile), as in `a=fmtp`; empty where there are none.
    pub format: String,
    /// Whether it has simulcast layers.
    pub simulcast: bool,
}

/// Why a session description was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NegotiationError {
    /// It is no SDP, or none of WebRTC.
    #[error("the SDP cannot be parsed")]
    Malformed,
    /// There is nothing in it that this connection could carry.
    #[error("no track or codec in the SDP can be used")]
    NothingUsable,
    /// It does not answer the offer that was made, or none was made.
    #[error("the answer does not match an offer")]
    NoSuchOffer,
    /// The engine takes no more connections, or is stopping.
    #[error("no more media connections can be taken")]
    Unavailable,
}
