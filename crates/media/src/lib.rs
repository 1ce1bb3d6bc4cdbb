//! Media on real sockets: one plain thread per shard and per mixer, one UDP port per shard, batched
//! reads and sends. Everything that decides is in `greenroom-sfu` and `greenroom-mixer`.
//!
//! What is absent: rooms in the sense of the API, tokens, signalling and the store.

mod event;

pub use event::{MediaEvent, PeerEnd};
pub use greenroom_sfu::{
    MixLegSettings, NegotiationError, PeerId, PublisherSettings, PublisherTracks,
    SubscriberSettings, TrackCodec,
};
