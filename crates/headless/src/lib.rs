//! A WebRTC client without a browser, a socket or a clock: datagrams and `now` in, datagrams, events
//! and a deadline out. Tests and the load generator drive it.
//!
//! A [`Client`] is one peer connection as the browser SDK makes it: a publisher, a subscriber, the leg of
//! a mix, or the text channel. Its video is synthetic VP8: the RTP payload descriptors and the frame
//! headers are real, the picture is a [`Stamp`] that tells when and by which layer a packet was
//! sent. Receivers judge what arrives as a strict decoder would ([`TrackReport`]).
//!
//! What belongs to the test is seeded: stream shapes, payload sizes, ICE credentials, first sequence numbers.
//! SSRCs, mids and the keys of DTLS are drawn inside `str0m`.

mod audio;
mod client;
mod delays;
mod error;
mod output;
mod setup;
mod stamp;
mod track;
mod video;

pub use crate::audio::{Audio, OPUS_FRAME};
pub use crate::client::Client;
pub use crate::delays::Delays;
pub use crate::error::Error;
pub use crate::output::{AudioPacket, Event, Kind, Output, Transmit};
pub use crate::setup::Setup;
pub use crate::stamp::Stamp;
pub use crate::track::{TrackReport, VideoReport};
pub use crate::video::{FrameSizes, Layer, Video};
