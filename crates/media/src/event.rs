//! What the media engine tells a room.

use std::time::Duration;

use greenroom_sfu::{FirstFrame, PeerId};

/// What happened to one of a room's media connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaEvent {
    /// ICE and DTLS are up.
    Connected(PeerId),
    /// It has ended by itself.
    Ended(PeerId, PeerEnd),
    /// Somebody began (`true`) or ceased to talk on a publisher or a leg of the mixed audio.
    Talking(PeerId, bool),
    /// A client's data channel is open.
    TextOpened(PeerId),
    /// Text came in on a data channel.
    Text(PeerId, String),
    /// What a change of a subscriber's publishers came to: a new offer, or `None` if none is needed.
    Offer(PeerId, Option<String>),
    /// How long nothing was heard of the connections that were asked about, by the number of the question:
    /// of the one that was heard last. `None` if none of them is there.
    Silence(u64, Option<Duration>),
    /// The first media of a track has come in or gone out; only of an engine that is to tell it.
    FirstFrame(PeerId, FirstFrame),
    /// A media thread is gone, and all of the room's connections with it. The last that the room is
    /// told.
    Lost,
}

/// Why a media connection ended without being told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeerEnd {
    /// The peer closed it.
    ClosedByPeer,
    /// Nothing was heard of the peer any more (ICE consent).
    TimedOut,
    /// It never came up.
    NeverConnected,
    /// More text came in on it than the room took.
    Overrun,
    /// It took no more of the text that was written to it.
    NotDraining,
    /// A fault, caught.
    Faulted,
}
