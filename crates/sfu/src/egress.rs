//! Datagrams on their way out, put together by destination.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;

use str0m::net::{self, Protocol};

use crate::link::{Received, Route};
use crate::output::{Transmit, Transport};

/// Longest run in bytes: less than the longest UDP payload, which bounds a segmented send too.
const RUN_MAX_BYTES: usize = 64_000;

/// Whether a datagram is STUN, by its first byte (RFC 7983 section 7).
pub(crate) fn is_stun(first: u8) -> bool {
    first < 4
}

/// Datagrams to be sent, in order, and together where they go to one place.
pub(crate) struct Egress {
    buffer: Vec<u8>,
    runs: VecDeque<Run>,
    datagrams: u64,
    bytes: u64,
}

struct Run {
    transport: Transport,
    source: SocketAddr,
    destination: SocketAddr,
    segment_bytes: usize,
    range: Range<usize>,
    /// Set by a datagram that is shorter than the others: it has to be the last.
    is_closed: bool,
}

impl Run {
    fn takes(&self, len: usize, route: &Route) -> bool {
        !self.is_closed
            && route.transport == Transport::Udp
            && self.transport == Transport::Udp
            && self.destination == route.destination
            && self.source == route.source
            && len <= self.segment_bytes
            && self.range.len() + len <= RUN_MAX_BYTES
            && self.range.len() < self.segment_bytes * Transmit::SEGMENTS_MAX
    }
}

impl Egress {
    pub(crate) const fn new() -> Self {
        Self {
            buffer: Vec::new(),
            runs: VecDeque::new(),
            datagrams: 0,
            bytes: 0,
        }
    }

    /// Bytes that wait to be taken.
    pub(crate) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Datagrams and bytes that ever went out.
    pub(crate) fn totals(&self) -> (u64, u64) {
        (self.datagrams, self.bytes)
    }

    /// Takes a datagram; unless it is STUN, it goes by `route`, if that is known.
    pub(crate) fn push(&mut self, datagram: &net::Transmit, route: Option<Route>) {
        let len = datagram.contents.len();
        let Some(first) = datagram.contents.first() else {
            return;
        };
        let route = route.filter(|_| !is_stun(*first)).unwrap_or(Route {
            transport: match datagram.proto {
                Protocol::Udp => Transport::Udp,
                Protocol::Tcp | Protocol::SslTcp | Protocol::Tls => Transport::Tcp,
            },
            source: datagram.source,
            destination: datagram.destination,
        });
        self.datagrams += 1;
        self.bytes += u64::try_from(len).unwrap_or_default();
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&datagram.contents);
        match self.runs.back_mut() {
            Some(run) if run.takes(len, &route) => {
                run.is_closed = len < run.segment_bytes;
                run.range.end = start + len;
            }
            _ => self.runs.push_back(Run {
                transport: route.transport,
                source: route.source,
                destination: route.destination,
                segment_bytes: len,
                range: start..start + len,
                is_closed: false,
            }),
        }
    }

    /// Takes an answer to what was received, which belongs to no connection.
    pub(crate) fn push_answer(&mut self, received: &Received<'_>, answer: &[u8]) {
        self.datagrams += 1;
        self.bytes += u64::try_from(answer.len()).unwrap_or_default();
        let start = self.buffer.len();
        self.buffer.extend_from_slice(answer);
        self.runs.push_back(Run {
            transport: received.transport,
            source: received.destination,
            destination: received.source,
            segment_bytes: answer.len(),
            range: start..start + answer.len(),
            is_closed: true,
        });
    }

    /// Whether nothing waits; if so, the memory is free for the next.
    pub(crate) fn is_drained(&mut self) -> bool {
        let drained = self.runs.is_empty();
        if drained {
            self.buffer.clear();
        }
        drained
    }

    pub(crate) fn poll(&mut self) -> Option<Transmit<'_>> {
        let run = self.runs.pop_front()?;
        Some(Transmit {
            transport: run.transport,
            source: run.source,
            destination: run.destination,
            segment_bytes: run.segment_bytes,
            payload: self.buffer.get(run.range)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(to: u16, len: usize, proto: Protocol) -> net::Transmit {
        net::Transmit {
            proto,
            source: "192.0.2.1:1".parse().unwrap(),
            destination: SocketAddr::from(([192, 0, 2, 2], to)),
            contents: vec![u8::try_from(len % 256).unwrap(); len].into(),
        }
    }

    fn runs(sent: &[(u16, usize, Protocol)]) -> Vec<(u16, usize, usize)> {
        let mut egress = Egress::new();
        for (to, len, proto) in sent {
            egress.push(&datagram(*to, *len, *proto), None);
        }
        let mut runs = Vec::new();
        while let Some(run) = egress.poll() {
            let lens: usize = run.datagrams().map(<[u8]>::len).sum();
            assert_eq!(lens, run.payload.len());
            runs.push((
                run.destination.port(),
                run.segment_bytes,
                run.datagrams().count(),
            ));
        }
        assert!(egress.is_drained());
        assert_eq!(egress.len(), 0);
        runs
    }

    #[test]
    fn a_run_is_of_equal_datagrams_and_one_shorter_at_its_end() {
        let udp = Protocol::Udp;
        let sent = [
            (1, 100, udp),
            (1, 100, udp),
            (1, 60, udp),
            (1, 60, udp),
            (1, 80, udp),
            (2, 80, udp),
            (1, 80, udp),
        ];
        let expected = [(1, 100, 3), (1, 60, 1), (1, 80, 1), (2, 80, 1), (1, 80, 1)];
        assert_eq!(runs(&sent), expected);
    }

    #[test]
    fn tcp_and_long_runs_are_cut() {
        let tcp = Protocol::Tcp;
        assert_eq!(
            runs(&[(1, 50, tcp), (1, 50, tcp)]),
            [(1, 50, 1), (1, 50, 1)]
        );
        let small = vec![(1, 10, Protocol::Udp); 65];
        assert_eq!(runs(&small), [(1, 10, 64), (1, 10, 1)]);
        let large = vec![(1, 1_200, Protocol::Udp); 54];
        assert_eq!(runs(&large), [(1, 1_200, 53), (1, 1_200, 1)]);
    }
}
