//! One TCP port for clients whose UDP is blocked: passive ICE-TCP candidates (RFC 6544), datagrams
//! framed as in RFC 4571.
//!
//! A connection counts as *proven* once something was sent on it: that happens only after ICE has
//! checked who is there.

mod connection;
mod framing;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use connection::{Connection, Reading};

/// Connections of one shard, proven or not: a tenth of the people it can serve, all of them behind
/// firewalls, with three connections each.
const CONNECTIONS_MAX: usize = 1_024;
/// Connections that are not proven yet. The oldest gives way to a new one.
const UNPROVEN_MAX: usize = 128;
/// How long a connection may take to be proven.
const UNPROVEN_TIME: Duration = Duration::from_secs(5);
/// How long nothing may come on a proven one; ICE consent comes every 5 s at the latest.
const IDLE_TIME: Duration = Duration::from_secs(30);
/// How long a peer may take nothing of what waits for it.
const STUCK_TIME: Duration = Duration::from_secs(5);
/// Waiting for `accept`.
const LISTEN_BACKLOG: i32 = 256;

/// The tokens from this one on are connections.
pub(crate) const FIRST_CONNECTION: usize = 16;

/// A listening TCP port with its connections.
pub(crate) struct TcpPort {
    listener: TcpListener,
    address: SocketAddr,
    connections: HashMap<usize, Connection>,
    by_peer: HashMap<SocketAddr, usize>,
    /// In the order they came; some may be proven or gone meanwhile.
    unproven: VecDeque<usize>,
    /// Those with something to read, each once.
    readable: VecDeque<usize>,
    /// Those with something to write.
    dirty: Vec<usize>,
    next: usize,
    scratch: Vec<u8>,
    counts: TcpCounts,
}

/// What there was on a TCP port, since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TcpCounts {
    /// Connections taken.
    pub(crate) accepted: u64,
    /// Connections closed for a reason of ours: idle, not proven, not a peer's any more, stuck, no frames, too many.
    pub(crate) closed: u64,
    /// Datagrams left out since their peer was too slow.
    pub(crate) dropped: u64,
}

impl TcpPort {
    /// Binds and listens.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        if address.is_ipv6() {
            socket.set_only_v6(!address.ip().is_unspecified())?;
        }
        // After a restart, connections of the last run may still be closing.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&SockAddr::from(address))?;
        socket.listen(LISTEN_BACKLOG)?;
        let listener = std::net::TcpListener::from(socket);
        let address = listener.local_addr()?;
        Ok(Self {
            listener: TcpListener::from_std(listener),
            address,
            connections: HashMap::new(),
            by_peer: HashMap::new(),
            unproven: VecDeque::new(),
            readable: VecDeque::new(),
            dirty: Vec::new(),
            next: FIRST_CONNECTION,
            scratch: vec![0; connection::TURN_BYTES],
            counts: TcpCounts::default(),
        })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The listener, to be polled.
    pub(crate) const fn source(&mut self) -> &mut TcpListener {
        &mut self.listener
    }

    /// What there was so far.
    pub(crate) const fn counts(&self) -> TcpCounts {
        self.counts
    }

    /// Connections there are.
    pub(crate) fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Takes those that wait at the listener. It is to be called now and then without being told to as
    /// well: who finds no file descriptor stays there, and the poll does not tell of it again.
    pub(crate) fn accept(&mut self, registry: &Registry, now: Instant) {
        for _ in 0..LISTEN_BACKLOG {
            match self.listener.accept() {
                Ok((stream, peer)) => self.take(registry, stream, peer, now),
                Err(error) if belongs_to_one(&error) => {}
                Err(_) => return,
            }
        }
    }

    fn take(&mut self, registry: &Registry, mut stream: TcpStream, peer: SocketAddr, now: Instant) {
        self.counts.accepted += 1;
        self.make_room();
        let key = self.next;
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registered = registry.register(&mut stream, Token(key), interest);
        let local = stream.local_addr();
        let (Ok(()), Ok(local)) = (registered, local) else {
            self.counts.closed += 1;
            return;
        };
        if self.connections.len() >= CONNECTIONS_MAX {
            self.counts.closed += 1;
            return;
        }
        // Media waits for nothing.
        let _ = stream.set_nodelay(true);
        self.next += 1;
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        let local = local.ip().to_canonical();
        self.connections
            .insert(key, Connection::new(stream, peer, local, now));
        if let Some(earlier) = self.by_peer.insert(peer, key) {
            self.connections.remove(&earlier);
        }
        self.unproven.push_back(key);
    }

    fn make_room(&mut self) {
        self.unproven.retain(|key| {
            self.connections
                .get(key)
                .is_some_and(|connection| !connection.is_proven())
        });
        while self.unproven.len() >= UNPROVEN_MAX {
            let Some(oldest) = self.unproven.pop_front() else {
                return;
            };
            self.close(oldest);
            self.counts.closed += 1;
        }
    }

    /// Notes what the poll said about a connection.
    pub(crate) fn note(&mut self, event: &Event) {
        let key = event.token().0;
        if (event.is_readable() || event.is_read_closed() || event.is_error())
            && let Some(connection) = self.connections.get_mut(&key)
            && connection.queue_to_read()
        {
            self.readable.push_back(key);
        }
        if event.is_writable() {
            self.dirty.push(key);
        }
    }

    /// Whether some connection has more to read.
    pub(crate) fn has_readable(&self) -> bool {
        !self.readable.is_empty()
    }

    /// Reads from all that have something, each one turn. `each` gets the sender, the address it
    /// was sent to, and the datagram.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        mut each: impl FnMut(SocketAddr, Option<IpAddr>, &[u8]),
    ) {
        for _ in 0..self.readable.len() {
            let Some(key) = self.readable.pop_front() else {
                return;
            };
            let Some(connection) = self.connections.get_mut(&key) else {
                continue;
            };
            match connection.read(&mut self.scratch, now, &mut each) {
                Reading::More => {
                    connection.queue_to_read();
                    self.readable.push_back(key);
                }
                Reading::Empty => {}
                Reading::Closed => self.close(key),
                Reading::NoFrames => {
                    self.counts.closed += 1;
                    self.close(key);
                }
            }
        }
    }

    /// Sends a datagram to a peer; it goes out at the next [`flush`](Self::flush).
    pub(crate) fn send(&mut self, peer: SocketAddr, datagram: &[u8]) {
        let connection = self
            .by_peer
            .get(&peer)
            .and_then(|key| Some((*key, self.connections.get_mut(key)?)));
        let Some((key, connection)) = connection else {
            self.counts.dropped += 1;
            return;
        };
        if !connection.queue(datagram) {
            self.counts.dropped += 1;
        }
        if self.dirty.last() != Some(&key) {
            self.dirty.push(key);
        }
    }

    /// Writes what waits.
    pub(crate) fn flush(&mut self, now: Instant) {
        for key in std::mem::take(&mut self.dirty) {
            if let Some(connection) = self.connections.get_mut(&key)
                && !connection.write(now)
            {
                self.close(key);
            }
        }
    }

    /// Closes what is idle, stuck, never became a peer's or is a peer's no longer: `is_known` tells of an
    /// address whether a media connection speaks from it.
    ///
    /// A client may well go on after its media connection has ended here, and would keep the TCP
    /// connection busy with checks that nobody answers.
    pub(crate) fn sweep(&mut self, now: Instant, is_known: impl Fn(SocketAddr) -> bool) {
        let is_orphan =
            |connection: &Connection| connection.is_proven() && !is_known(connection.peer());
        let stale: Vec<usize> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.is_stale(now) || is_orphan(connection))
            .map(|(key, _)| *key)
            .collect();
        for key in stale {
            self.counts.closed += 1;
            self.close(key);
        }
    }

    fn close(&mut self, key: usize) {
        if let Some(connection) = self.connections.remove(&key)
            && self.by_peer.get(&connection.peer()) == Some(&key)
        {
            self.by_peer.remove(&connection.peer());
        }
    }
}

/// Whether what went wrong with `accept` is the matter of that connection alone.
fn belongs_to_one(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests;
