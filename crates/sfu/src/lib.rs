//! Selective forwarding without sockets, clocks or threads: datagrams, commands and `now` in,
//! datagrams, events and a deadline out. The only crate that names str0m.
//!
//! [`Negotiator`] makes connections on the control side; a [`Command`] moves each to its shard.

mod allocation;
mod codec;
mod command;
mod counters;
mod credentials;
mod demux;
mod distribution;
mod downlink;
mod early;
mod egress;
mod flows;
mod guard;
mod keyframes;
mod link;
mod negotiator;
mod numbering;
mod output;
mod peer;
mod publisher;
mod rate;
mod reach;
mod report;
mod sdp;
mod settings;
mod shard;
mod slab;
mod sources;
mod subscriber;
mod talk;
#[cfg(test)]
mod test_start;
mod text;
mod timers;
mod vp8;

pub use command::Command;
pub use counters::Counters;
pub use credentials::{SHARDS_MAX, shard_of_datagram};
pub use distribution::Distribution;
pub use negotiator::{Negotiator, NegotiatorError, NewPeer, PendingPeer, Seat, ShardAddresses};
pub use output::{End, Event, FirstFrame, MixInput, MixedFrame, Output, Transmit, Transport};
pub use peer::SILENCE_MAX;
pub use reach::{REACH_REQUEST_BYTES, TransactionId, reach_answer, reach_answered, reach_request};
pub use report::{LayerReport, MediaReport, PeerReport};
pub use sdp::Kind;
pub use settings::{
    MixLegSettings, NegotiationError, PeerId, PublisherSettings, PublisherTracks,
    SubscriberSettings, TrackCodec,
};
pub use shard::Shard;
