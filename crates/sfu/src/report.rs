//! How a connection fares, for those who ask.

use std::time::Duration;

/// How one media connection fares: averages over the last two seconds, kept up that often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerReport {
    /// The latest round trip to the client, by RTCP; `None` until one was measured.
    pub rtt: Option<Duration>,
    /// What it carries.
    pub media: MediaReport,
}

/// What a connection carries. Rates are in bit/s, of payload with resends; losses in thousandths of packets,
/// before anything is repaired, as far as the client tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaReport {
    /// What a publisher sends.
    Publisher {
        /// All of it.
        bitrate_bps: u64,
        /// What is lost on the way here; 0 while nothing is sent.
        loss_permille: u32,
        /// The layers of its video, the lowest first; one if it is not simulcast, none without video.
        layers: Vec<LayerReport>,
    },
    /// What is sent to a subscriber.
    Subscriber {
        /// How many publishers it is sent something of.
        streams: usize,
        /// All of it.
        bitrate_bps: u64,
        /// What its path is estimated to carry at least; `None` where that is not measured.
        available_bps: Option<u64>,
        /// What does not reach it; `None` until it tells.
        loss_permille: Option<u32>,
        /// Pictures that are sent in a lower layer than there is, or not at all, since the path would not
        /// carry more.
        reduced: usize,
    },
    /// A leg of the mixed audio.
    MixLeg {
        /// What comes from it.
        bitrate_in_bps: u64,
        /// What is sent to it.
        bitrate_out_bps: u64,
        /// What is lost on the way here; 0 while nothing is sent.
        loss_in_permille: u32,
        /// What does not reach it; `None` until it tells.
        loss_out_permille: Option<u32>,
    },
    /// A data channel, which is not measured.
    Text,
}

/// One simulcast layer of a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerReport {
    /// Its name; `None` if the video is not simulcast.
    pub rid: Option<String>,
    /// What comes of it, in bit/s.
    pub bitrate_bps: u64,
    /// Whether pictures come.
    pub is_active: bool,
}
