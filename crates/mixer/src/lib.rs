//! Audio mixing without sockets, clocks or threads: Opus packets and `now` in, mixed Opus packets
//! and who is talking out.
//!
//! A [`Mixer`] holds many mixes, one for each room, and each mix has legs. Every 20 ms a mix takes
//! 20 ms from each leg's jitter buffer, adds up the loudest that can be heard, and encodes the
//! sum: once for all legs that put nothing into it, and once more, less its own part, for each leg
//! that does. So nobody hears itself, and a room of listeners costs one encode.
//!
//! What is absent: RTP headers, encryption and who may join.

mod counters;
mod delay;
mod jitter_buffer;
mod leg;
mod mix;
mod mixer;
mod output;
mod playout;
mod settings;
mod sound;
mod speakers;
mod stream;
mod talk;

pub use counters::Counters;
pub use mixer::Mixer;
pub use output::{AudioPacket, Frame, LegId, LegStatus, MixId, Output};
pub use settings::{
    AddLegError, LEGS_MAX, LEGS_PER_MIX_MAX, MixerSettings, PACKET_MAX_BYTES, PACKETS_PER_LEG_MAX,
    SPEAKERS_MAX,
};

/// Samples in a second: the rate that everything is mixed at, and that of Opus in RTP (RFC 7587, 4.1).
pub const SAMPLE_RATE_HZ: u32 = 48_000;

/// Samples in one tick and in one mixed packet: 20 ms.
pub const TICK_SAMPLES: u32 = 960;
