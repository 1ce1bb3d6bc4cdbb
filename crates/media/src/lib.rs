//! Media on real sockets: one plain thread per shard and per mixer, one UDP port per shard, batched
//! reads and sends. Everything that decides is in `greenroom-sfu` and `greenroom-mixer`.
//!
//! An [`Engine`] runs the threads; [`Engine::open_room`] gives a room its part of it ([`RoomMedia`]) and
//! a lane of [`MediaEvent`]s. What a room wants reaches its shard on a bounded lane that loses nothing;
//! what happens reaches the room on another, for which no media thread ever waits.
//!
//! What is absent: rooms in the sense of the API, tokens, signalling and the store.

mod address;
mod clock;
mod config;
mod control;
mod engine;
mod event;
mod events;
mod mix_lane;
mod mixer_thread;
mod room;
mod shard_thread;
mod stats;
mod tcp;
mod threads;
mod udp;

pub use address::{is_private, machine_addresses, told_addresses};
pub use config::{EngineConfig, MIXERS_MAX, PEERS_PER_SHARD_MAX, PortKind, SHARDS_MAX, StartError};
pub use engine::Engine;
pub use event::{MediaEvent, PeerEnd};
pub use greenroom_sfu::{
    Distribution, FirstFrame, Kind, LayerReport, MediaReport, MixLegSettings, NegotiationError,
    PeerId, PeerReport, PublisherSettings, PublisherTracks, SILENCE_MAX, ShardAddresses,
    SubscriberSettings, TrackCodec, TransactionId, reach_answered, reach_request,
};
pub use room::{RoomMedia, RoomReport};
pub use stats::{EngineStats, MixerStats, ShardStats};
pub use threads::StillRunning;
pub use udp::SOCKET_BUFFER_BYTES;
