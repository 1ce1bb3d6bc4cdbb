//! Selective forwarding without sockets, clocks or threads: datagrams, commands and `now` in,
//! datagrams, events and a deadline out. The only crate that names str0m.
//!
//! [`Negotiator`] makes connections on the control side; a [`Command`] moves each to its shard.

mod codec;
mod command;
mod credentials;
mod guard;
mod negotiator;
mod output;
mod sdp;
mod settings;

pub use command::Command;
pub use credentials::{SHARDS_MAX, shard_of_datagram};
pub use negotiator::{Negotiator, NegotiatorError, NewPeer, PendingPeer, Seat, ShardAddresses};
pub use output::{End, Event, MixInput, MixedFrame, Output, Transmit, Transport};
pub use settings::{
    MixLegSettings, NegotiationError, PeerId, PublisherSettings, PublisherTracks,
    SubscriberSettings, TrackCodec,
};
