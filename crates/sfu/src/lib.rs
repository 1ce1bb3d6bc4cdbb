//! Selective forwarding without sockets, clocks or threads: datagrams, commands and `now` in,
//! datagrams, events and a deadline out. The only crate that names str0m.

mod settings;

pub use settings::{
    MixLegSettings, NegotiationError, PeerId, PublisherSettings, PublisherTracks,
    SubscriberSettings, TrackCodec,
};
