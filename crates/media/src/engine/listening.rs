//! Where the engine listens, for the log.

use std::net::{IpAddr, SocketAddr};

use crate::address;

/// Where one shard listens.
#[derive(Debug, Clone, Copy)]
pub(super) struct PortsListen {
    pub(super) udp: SocketAddr,
    pub(super) tcp: Option<SocketAddr>,
    /// The kernel's buffers of the UDP port, in bytes.
    pub(super) receive_bytes: usize,
    pub(super) send_bytes: usize,
}

/// Where the engine listens.
#[derive(Debug)]
pub(super) struct Listening {
    shards: Vec<PortsListen>,
    announced: Vec<IpAddr>,
}

impl Listening {
    pub(super) const fn new(shards: Vec<PortsListen>, announced: Vec<IpAddr>) -> Self {
        Self { shards, announced }
    }

    /// Says where media is, and what may be wrong with it.
    pub(super) fn log(&self) {
        for (shard, ports) in self.shards.iter().enumerate() {
            tracing::info!(
                shard,
                udp = %ports.udp,
                tcp = ports.tcp.map(|tcp| tcp.to_string()),
                receive_bytes = ports.receive_bytes,
                send_bytes = ports.send_bytes,
                "media listens"
            );
        }
        let announced = &self.announced;
        let bound_to_loopback = self
            .shards
            .first()
            .is_some_and(|ports| ports.udp.ip().is_loopback());
        if bound_to_loopback {
            tracing::info!(
                ?announced,
                "media is for this machine only; set `media.public_ips` (--public-ip) to serve others"
            );
        } else if announced.iter().all(|ip| address::is_private(*ip)) {
            tracing::warn!(
                ?announced,
                "clients are told private addresses only, so that nobody outside this network gets \
                 media; set `media.public_ips` (--public-ip) to the address they reach this machine by"
            );
        } else {
            tracing::info!(?announced, "clients are told these addresses for media");
        }
    }
}
