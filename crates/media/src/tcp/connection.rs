//! One TCP connection.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use mio::net::TcpStream;

use super::framing::{Deframer, frame};
use super::{IDLE_TIME, STUCK_TIME, UNPROVEN_TIME};

/// Most that is read of one connection before the others have their turn, in bytes.
pub(super) const TURN_BYTES: usize = 32 * 1024;

/// What may wait for a slow peer, in bytes: half a second of 2 Mbit/s. Later datagrams are dropped,
/// as a network would.
const WAITING_MAX_BYTES: usize = 128 * 1024;

/// How a turn of reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// There may be more.
    More,
    /// There is no more for now.
    Empty,
    /// The peer has closed it.
    Closed,
    /// What came is no stream of datagrams.
    NoFrames,
}

pub(super) struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    local: IpAddr,
    deframer: Deframer,
    waiting: Vec<u8>,
    /// How much of it is written.
    written: usize,
    proven: bool,
    /// It stands in the queue of those to be read.
    queued: bool,
    opened: Instant,
    heard: Instant,
    /// Since when the peer takes nothing.
    stuck: Option<Instant>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, peer: SocketAddr, local: IpAddr, now: Instant) -> Self {
        Self {
            stream,
            peer,
            local,
            deframer: Deframer::default(),
            waiting: Vec::new(),
            written: 0,
            proven: false,
            queued: false,
            opened: now,
            heard: now,
            stuck: None,
        }
    }

    pub(super) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) const fn is_proven(&self) -> bool {
        self.proven
    }

    pub(super) fn is_stale(&self, now: Instant) -> bool {
        let late = !self.proven && now.saturating_duration_since(self.opened) > UNPROVEN_TIME;
        let idle = now.saturating_duration_since(self.heard) > IDLE_TIME;
        let stuck = self
            .stuck
            .is_some_and(|since| now.saturating_duration_since(since) > STUCK_TIME);
        late || idle || stuck
    }

    /// Notes that it is put into the queue of those to be read; `false` if it stands there already.
    pub(super) const fn queue_to_read(&mut self) -> bool {
        !std::mem::replace(&mut self.queued, true)
    }

    pub(super) fn read(
        &mut self,
        scratch: &mut [u8],
        now: Instant,
        each: &mut impl FnMut(SocketAddr, Option<IpAddr>, &[u8]),
    ) -> Reading {
        self.queued = false;
        match self.stream.read(scratch) {
            Ok(0) => Reading::Closed,
            Ok(count) => {
                self.heard = now;
                let (peer, local) = (self.peer, self.local);
                let bytes = scratch.get(..count).unwrap_or_default();
                let whole = self
                    .deframer
                    .push(bytes, |datagram| each(peer, Some(local), datagram));
                if whole.is_err() {
                    Reading::NoFrames
                } else {
                    Reading::More
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Reading::Empty,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Reading::More,
            Err(_) => Reading::Closed,
        }
    }

    /// Takes a datagram to be written; `false` if too much waits already.
    pub(super) fn queue(&mut self, datagram: &[u8]) -> bool {
        self.proven = true;
        if self.waiting.len() - self.written + datagram.len() > WAITING_MAX_BYTES {
            return false;
        }
        frame(datagram, &mut self.waiting);
        true
    }

    /// Writes what the peer takes; `false` if the connection is gone.
    pub(super) fn write(&mut self, now: Instant) -> bool {
        while let Some(rest) = self
            .waiting
            .get(self.written..)
            .filter(|rest| !rest.is_empty())
        {
            match self.stream.write(rest) {
                Ok(0) => return false,
                Ok(count) => {
                    self.written += count;
                    self.stuck = None;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stuck.get_or_insert(now);
                    // What is written is cut off here, so that the rest stays small.
                    self.waiting.drain(..self.written);
                    self.written = 0;
                    return true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        self.waiting.clear();
        self.written = 0;
        true
    }
}
