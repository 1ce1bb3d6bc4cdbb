//! What goes into a mixer and what comes out.

use std::sync::Arc;

/// One mix: the audio of one room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MixId(pub u64);

/// One who is heard in a mix and hears it; unique in the whole mixer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

/// One RTP packet of Opus from a leg.
#[derive(Debug, Clone, Copy)]
pub struct AudioPacket<'a> {
    /// The RTP sequence number.
    pub sequence: u16,
    /// The RTP timestamp, in samples at 48 kHz.
    pub rtp_time: u32,
    /// The level of the header extension, in -dBov: 0 (loudest) to 127 (silence); RFC 6464, 3.
    pub level: Option<u8>,
    /// The Opus packet.
    pub payload: &'a [u8],
}

/// How a leg's packets fare on their way into the mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegStatus {
    /// How long a packet that came at once is to wait, in ms: 40 to 120, or 0 before the first.
    pub target_delay_ms: u32,
    /// How long it does wait, in ms; none in a pause.
    pub delay_ms: Option<u32>,
    /// How many packets wait.
    pub packets: usize,
    /// Whether it was mixed in the last tick, or would have been but for a gap between words.
    pub is_mixed: bool,
}

/// What a mixer has to say.
#[derive(Debug, Clone)]
pub enum Output {
    /// Mixed audio to send.
    Frame(Frame),
    /// A leg began (`true`) or ceased to talk.
    Talking {
        /// Who.
        leg: LegId,
        /// Whether it talks now.
        talking: bool,
    },
}

/// Mixed audio: one Opus packet of 20 ms, the same for all its hearers.
///
/// Each leg has a stream of its own made of the frames that name it: the sequence number moves by
/// one with each, the timestamp is `rtp_time` plus whatever the stream began with. While there is
/// nothing to hear, frames come 400 ms apart, as from an encoder with discontinuous transmission
/// (RFC 7587, 3.1.3).
#[derive(Debug, Clone)]
pub struct Frame {
    /// Who is to get it. Shared between frames as long as it stays the same.
    pub legs: Arc<[LegId]>,
    /// The mix's clock, in samples at 48 kHz; the same for all legs of a mix, and wraps.
    pub rtp_time: u32,
    /// Whether it is the first after a pause: the marker bit (RFC 3551, 4.1).
    pub marker: bool,
    /// The Opus packet.
    pub payload: Arc<[u8]>,
}
