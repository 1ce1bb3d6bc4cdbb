//! What the engine is to be like, and why it could not be started.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::Duration;

use greenroom_sfu::SILENCE_MAX;

/// Most shards: more cores than that are better used by more machines.
pub const SHARDS_MAX: usize = 64;

/// Most mixer threads.
pub const MIXERS_MAX: usize = 16;

/// Connections on one shard by default: twice what one core can serve with video, so that rooms
/// of listeners fit; at about 60 KiB each they take 240 MiB.
pub const PEERS_PER_SHARD_MAX: usize = 4_000;

/// What the engine is to be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineConfig {
    /// Where the media sockets are bound. The wildcard of IPv6 takes IPv4 as well, and falls back to
    /// IPv4 on a machine without IPv6.
    pub bind: IpAddr,
    /// UDP port of the first shard; each further one takes the next. 0 takes free ones.
    pub udp_port: u16,
    /// TCP port of the first shard, likewise; `None` for no TCP at all.
    pub tcp_port: Option<u16>,
    /// Addresses that clients are told; empty for those of the machine.
    pub public_ips: Vec<IpAddr>,
    /// Threads that forward; 1 to [`SHARDS_MAX`].
    pub shards: NonZeroUsize,
    /// Threads that mix; 1 to [`MIXERS_MAX`].
    pub mixers: NonZeroUsize,
    /// Most connections on one shard.
    pub peers_per_shard_max: usize,
    /// How long nothing may be heard of a connection that is up.
    pub silence_max: Duration,
    /// Whether rooms are told when the first media of a track comes in and goes out.
    pub tells_first_frames: bool,
}

impl EngineConfig {
    /// Threads that forward on a machine of so many cores: one up to four cores; beyond, all but
    /// one of every eight, which is left to signalling and mixing.
    pub fn shards_for(cores: usize) -> NonZeroUsize {
        let shards = if cores <= 4 {
            1
        } else {
            cores - cores.div_ceil(8)
        };
        NonZeroUsize::new(shards.min(SHARDS_MAX)).unwrap_or(NonZeroUsize::MIN)
    }

    /// Threads that mix: one for every eight cores.
    pub fn mixers_for(cores: usize) -> NonZeroUsize {
        NonZeroUsize::new(cores.div_ceil(8).min(MIXERS_MAX)).unwrap_or(NonZeroUsize::MIN)
    }

    /// On loopback, with free ports: for tests and development.
    pub fn loopback() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            udp_port: 0,
            tcp_port: Some(0),
            public_ips: Vec::new(),
            shards: NonZeroUsize::MIN,
            mixers: NonZeroUsize::MIN,
            peers_per_shard_max: PEERS_PER_SHARD_MAX,
            silence_max: SILENCE_MAX,
            tells_first_frames: false,
        }
    }
}

/// UDP or TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortKind {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

impl PortKind {
    /// The setting that gives the port.
    const fn setting(self) -> &'static str {
        match self {
            Self::Udp => "media.udp_port",
            Self::Tcp => "media.tcp_port",
        }
    }
}

impl fmt::Display for PortKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        })
    }
}

/// Why the engine could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program has the port.
    #[error(
        "media cannot use {kind} port {} on {}: another program has it; stop that one, or set another with `{}` or --media-port",
        address.port(), address.ip(), kind.setting()
    )]
    PortTaken {
        /// UDP or TCP.
        kind: PortKind,
        /// Where it was to be bound.
        address: SocketAddr,
    },
    /// The port cannot be bound for another reason.
    #[error("media cannot use {kind} port {} on {}: {source}; see `media.listen` and `{}`", address.port(), address.ip(), kind.setting())]
    Bind {
        /// UDP or TCP.
        kind: PortKind,
        /// Where it was to be bound.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// There are not that many ports after the first.
    #[error("`{}` {first} leaves no ports for {shards} media threads", kind.setting())]
    TooFewPorts {
        /// UDP or TCP.
        kind: PortKind,
        /// The first port.
        first: u16,
        /// How many are needed.
        shards: usize,
    },
    /// More threads than can be.
    #[error("media can have 1 to {SHARDS_MAX} `media.shards` and 1 to {MIXERS_MAX} `media.mixers`")]
    TooManyThreads,
    /// There is no way to make connections.
    #[error("media cannot negotiate connections: {0}")]
    Negotiator(#[from] greenroom_sfu::NegotiatorError),
    /// The system gives no thread or no poll.
    #[error("a media thread cannot be started: {0}")]
    Thread(io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_by_cores() {
        let threads = [1, 2, 4, 5, 8, 9, 16, 64, 500].map(|cores| {
            (
                EngineConfig::shards_for(cores).get(),
                EngineConfig::mixers_for(cores).get(),
            )
        });
        assert_eq!(
            threads,
            [
                (1, 1),
                (1, 1),
                (1, 1),
                (4, 1),
                (7, 1),
                (7, 2),
                (14, 2),
                (56, 8),
                (64, 16)
            ]
        );
    }

    #[test]
    fn a_taken_port_is_told_in_one_line() {
        let error = StartError::PortTaken {
            kind: PortKind::Udp,
            address: "127.0.0.1:7700".parse().unwrap(),
        };
        assert_eq!(
            error.to_string(),
            "media cannot use UDP port 7700 on 127.0.0.1: another program has it; stop that one, \
             or set another with `media.udp_port` or --media-port"
        );
    }
}
