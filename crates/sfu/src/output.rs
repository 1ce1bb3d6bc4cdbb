//! What comes out of a shard, and what the mixer gives it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::sdp::Kind;
use crate::settings::PeerId;

/// What a datagram travels by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP, each datagram framed as in RFC 4571.
    Tcp,
}

/// What a shard wants done. Borrowed from the shard, until it is asked for the next.
#[derive(Debug)]
pub enum Output<'a> {
    /// Send this.
    Transmit(Transmit<'a>),
    /// Tell the control side this.
    Event(Event),
    /// Give this to the mixer.
    MixInput(MixInput),
}

/// Datagrams to one destination, one after the other in memory.
#[derive(Debug, Clone, Copy)]
pub struct Transmit<'a> {
    /// By what.
    pub transport: Transport,
    /// From which of our candidates.
    pub source: SocketAddr,
    /// Whereto.
    pub destination: SocketAddr,
    /// Length of each datagram in bytes but the last, which may be shorter. Always one datagram if
    /// it goes by TCP.
    pub segment_bytes: usize,
    /// The datagrams; at most [`Transmit::SEGMENTS_MAX`], and 64,000 bytes.
    pub payload: &'a [u8],
}

impl Transmit<'_> {
    /// Most datagrams in one (`UDP_MAX_SEGMENTS` of Linux).
    pub const SEGMENTS_MAX: usize = 64;

    /// Its datagrams.
    pub fn datagrams(&self) -> impl Iterator<Item = &[u8]> {
        self.payload.chunks(self.segment_bytes.max(1))
    }
}

/// What happened to a media connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// ICE and DTLS are up.
    Connected(PeerId),
    /// It has ended by itself, and is forgotten.
    Ended(PeerId, End),
    /// Somebody began (`true`) or ceased to talk on a publisher.
    Talking(PeerId, bool),
    /// The client's data channel is open.
    TextOpened(PeerId),
    /// Text came in on the data channel.
    Text(PeerId, String),
    /// What a [`crate::Command::Update`] came to: a new offer, or `None` if none is needed.
    Offer(PeerId, Option<String>),
    /// The first media of a track has come in or gone out; told of a shard that is to tell it only
    /// ([`crate::Shard::telling_first_frames`]), and once for each track.
    FirstFrame(PeerId, FirstFrame),
}

/// Which track the first media is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FirstFrame {
    /// It came in from a publisher, or a leg of the mixed audio.
    In(Kind),
    /// It went out to a subscriber, from this publisher.
    Out(Kind, PeerId),
    /// Mixed audio went out.
    Mixed,
}

/// Why a media connection ended without being told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// The peer closed it.
    ClosedByPeer,
    /// Nothing was heard of the peer any more (ICE consent, RFC 7675).
    TimedOut,
    /// It never came up.
    NeverConnected,
    /// Its data channel did not take what was written to it.
    NotDraining,
    /// A fault, caught; or an answer that did not fit, or far too many data channels.
    Faulted,
}

/// An audio packet of a leg of the mix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixInput {
    /// Whose.
    pub peer: PeerId,
    /// When its datagram was read from the network.
    pub arrival: Instant,
    /// RTP sequence number, extended beyond 16 bits so that it never wraps.
    pub sequence: u64,
    /// RTP timestamp, at 48 kHz; wraps.
    pub time: u32,
    /// One Opus packet.
    pub payload: Arc<[u8]>,
    /// Level in dBov, 0 (loudest) to -127, if the sender tells (RFC 6464).
    pub level_dbov: Option<i8>,
}

/// Mixed audio for one leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixedFrame {
    /// One Opus packet, which may be shared by legs.
    pub payload: Arc<[u8]>,
    /// When it is to be heard, in samples at 48 kHz since any moment; wraps. The same for every leg of
    /// a mix, and going on while nothing is sent.
    pub time: u32,
    /// Whether it is the first after a silence in which nothing was sent.
    pub marker: bool,
}
