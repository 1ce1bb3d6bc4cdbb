//! One UDP port: datagrams are read many at a time, and sent joined where they are of one size.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// What a shard asks of the kernel for each direction, in bytes: a quarter of a second of 250 Mbit/s.
/// The kernel gives at most `net.core.rmem_max` and `net.core.wmem_max`.
pub const SOCKET_BUFFER_BYTES: usize = 8 * 1024 * 1024;

/// Room for whatever the kernel has joined of one sender (GRO), in bytes.
const RECEIVE_BUFFER_BYTES: usize = 64 * 1024;

/// Whether there may be more to read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backlog {
    /// The batch was full.
    Likely,
    /// Nothing is left.
    None,
}

/// A bound UDP port.
pub(crate) struct UdpPort {
    socket: mio::net::UdpSocket,
    kernel: UdpSocketState,
    address: SocketAddr,
    buffer: Vec<u8>,
    metas: [RecvMeta; BATCH_SIZE],
}

impl UdpPort {
    /// Binds. The wildcard of IPv6 takes IPv4 as well.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        if address.is_ipv6() {
            socket.set_only_v6(!address.ip().is_unspecified())?;
        }
        // Less than asked for is no fault; what was got is logged.
        let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES);
        let _ = socket.set_send_buffer_size(SOCKET_BUFFER_BYTES);
        socket.bind(&SockAddr::from(address))?;
        let kernel = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let socket = std::net::UdpSocket::from(socket);
        let address = socket.local_addr()?;
        Ok(Self {
            socket: mio::net::UdpSocket::from_std(socket),
            kernel,
            address,
            buffer: vec![0; RECEIVE_BUFFER_BYTES * BATCH_SIZE],
            metas: [RecvMeta::default(); BATCH_SIZE],
        })
    }

    /// Where it is bound.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes of the kernel's buffers for receiving and for sending.
    pub(crate) fn kernel_buffers(&self) -> (usize, usize) {
        let socket = UdpSockRef::from(&self.socket);
        let receive = self.kernel.recv_buffer_size(socket).unwrap_or_default();
        let socket = UdpSockRef::from(&self.socket);
        let send = self.kernel.send_buffer_size(socket).unwrap_or_default();
        (receive, send)
    }

    /// The socket, to be polled.
    pub(crate) const fn source(&mut self) -> &mut mio::net::UdpSocket {
        &mut self.socket
    }

    /// Reads one batch. `each` gets the sender, the address it was sent to, and the datagram.
    pub(crate) fn receive(
        &mut self,
        mut each: impl FnMut(SocketAddr, Option<IpAddr>, &[u8]),
    ) -> Backlog {
        let mut chunks = self.buffer.chunks_exact_mut(RECEIVE_BUFFER_BYTES);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
        let socket = UdpSockRef::from(&self.socket);
        let Ok(count) = self.kernel.recv(socket, &mut slices, &mut self.metas) else {
            // Would block, or an error that belongs to one datagram and is taken off by reading it.
            return Backlog::None;
        };
        for (slice, meta) in slices.iter().zip(&self.metas).take(count) {
            let from = canonical(meta.addr);
            let to = meta.dst_ip.map(|ip| ip.to_canonical());
            let Some(filled) = slice.get(..meta.len) else {
                continue;
            };
            for datagram in filled.chunks(meta.stride.max(1)) {
                each(from, to, datagram);
            }
        }
        if count == BATCH_SIZE {
            Backlog::Likely
        } else {
            Backlog::None
        }
    }

    /// Sends datagrams of `segment_bytes` each, the last may be shorter, to one destination. Returns
    /// how many were not taken: the socket's buffer was full, or there is no way there.
    pub(crate) fn send(
        &self,
        source: Option<IpAddr>,
        destination: SocketAddr,
        segment_bytes: usize,
        payload: &[u8],
    ) -> u64 {
        let segment_bytes = segment_bytes.max(1);
        let transmit = Transmit {
            destination: self.as_bound(destination),
            ecn: None,
            contents: payload,
            segment_size: (payload.len() > segment_bytes).then_some(segment_bytes),
            src_ip: source,
        };
        let count = payload.len().div_ceil(segment_bytes);
        if count > self.kernel.max_gso_segments() {
            return self.send_apart(&transmit, segment_bytes);
        }
        match self.try_send(&transmit) {
            Ok(()) => 0,
            // The network device would not split them, and has just been found out.
            Err(_) if count > self.kernel.max_gso_segments() => {
                self.send_apart(&transmit, segment_bytes)
            }
            Err(_) => count as u64,
        }
    }

    /// Sends one by one.
    fn send_apart(&self, joined: &Transmit<'_>, segment_bytes: usize) -> u64 {
        let mut dropped = 0;
        for contents in joined.contents.chunks(segment_bytes) {
            let transmit = Transmit {
                contents,
                segment_size: None,
                ..joined.clone()
            };
            dropped += u64::from(self.try_send(&transmit).is_err());
        }
        dropped
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        self.kernel
            .try_send(UdpSockRef::from(&self.socket), transmit)
    }

    /// A destination in the family of the socket.
    const fn as_bound(&self, destination: SocketAddr) -> SocketAddr {
        match (self.address, destination) {
            (SocketAddr::V6(_), SocketAddr::V4(to)) => {
                SocketAddr::new(IpAddr::V6(to.ip().to_ipv6_mapped()), to.port())
            }
            (SocketAddr::V6(_) | SocketAddr::V4(_), to) => to,
        }
    }
}

/// An address as its own family writes it, however the socket saw it.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests;
