//! What a client gives out.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// What a client gives out.
#[derive(Debug)]
pub enum Output {
    /// A datagram to send.
    Transmit(Transmit),
    /// Something that has happened.
    Event(Event),
}

/// A datagram to send.
pub struct Transmit {
    /// The client's own address.
    pub source: SocketAddr,
    /// Where it goes.
    pub destination: SocketAddr,
    /// What it says.
    pub contents: Vec<u8>,
}

impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit")
            .field("source", &self.source)
            .field("destination", &self.destination)
            .field("bytes", &self.contents.len())
            .finish()
    }
}

/// Something that has happened to a client.
#[derive(Debug)]
pub enum Event {
    /// ICE and DTLS are through; media flows from here on.
    Connected,
    /// The other side asked for a keyframe of this layer.
    KeyframeAsked(Option<String>),
    /// The other side limits the whole connection to that many bits per second.
    BitrateCap(u64),
    /// A packet of audio, for a client that was made to hear.
    Audio(AudioPacket),
    /// The data channel is open for both directions.
    ChannelOpen,
    /// The data channel has been closed.
    ChannelClosed,
    /// A text has arrived on the data channel.
    Text(String),
    /// Nothing has been heard of the other side for long; the connection may come back.
    Lost,
    /// The connection is at its end, with what broke it.
    Closed(Option<String>),
}

/// A packet of received audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioPacket {
    /// Sequence number, continued over its wraps.
    pub sequence: u64,
    /// RTP time at 48 kHz, continued over its wraps.
    pub rtp_time: u64,
    /// Begins a talk spurt.
    pub marker: bool,
    /// Level from the header, in decibels under full scale: 0 is the loudest, 127 silence.
    pub level: Option<u8>,
    /// One Opus packet.
    pub payload: Arc<[u8]>,
}

/// What a track carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Sound, as Opus.
    Audio,
    /// Pictures, as VP8.
    Video,
}
