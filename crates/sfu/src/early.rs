//! Checks that come before the connection they are for: a browser sends them as soon as it has made its
//! answer, which then is still on its way through signalling.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::credentials::Ufrag;
use crate::link::Received;
use crate::output::Transport;

/// Checks kept. More come only when more connections than that are answered at one moment, or from a flood; then
/// the oldest goes, and its browser checks again by itself.
const CHECKS_MAX: usize = 64;

/// Longer ones are no checks of a browser, whose username, priority, role and integrity take some 120 bytes.
const BYTES_MAX: usize = 512;

/// By then the browser has checked again.
const AGE_MAX: Duration = Duration::from_secs(2);

/// Checks for connections that are not there yet, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Early(VecDeque<EarlyCheck>);

/// A check that came early.
#[derive(Debug)]
pub(crate) struct EarlyCheck {
    came: Instant,
    ufrag: Ufrag,
    transport: Transport,
    source: SocketAddr,
    destination: SocketAddr,
    datagram: Box<[u8]>,
}

impl Early {
    /// Keeps a check; of those from one address for one connection the last.
    pub(crate) fn keep(&mut self, now: Instant, ufrag: Ufrag, received: &Received<'_>) {
        if received.datagram.len() > BYTES_MAX {
            return;
        }
        let again = |check: &EarlyCheck| check.ufrag == ufrag && check.source == received.source;
        self.0.retain(|check| !again(check));
        if self.0.len() >= CHECKS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(EarlyCheck {
            came: now,
            ufrag,
            transport: received.transport,
            source: received.source,
            destination: received.destination,
            datagram: received.datagram.into(),
        });
    }

    /// Takes out the checks for a connection that is there now; those of nobody go with time.
    pub(crate) fn take(&mut self, now: Instant, ufrag: &Ufrag) -> Vec<EarlyCheck> {
        self.0.retain(|check| now < check.came + AGE_MAX);
        let (taken, kept) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|check| check.ufrag == *ufrag);
        self.0 = kept;
        taken.into_iter().collect()
    }
}

impl EarlyCheck {
    pub(crate) fn received(&self) -> Received<'_> {
        Received {
            transport: self.transport,
            source: self.source,
            destination: self.destination,
            datagram: &self.datagram,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_start::start;

    const ANN: &str = "0123456789abcdefgh";
    const BEN: &str = "9123456789abcdefgh";

    fn keep(early: &mut Early, now: Instant, ufrag: &str, port: u16, datagram: &[u8]) {
        let received = Received {
            transport: Transport::Udp,
            source: SocketAddr::from(([192, 0, 2, 1], port)),
            destination: SocketAddr::from(([192, 0, 2, 2], 1)),
            datagram,
        };
        early.keep(now, Ufrag::parse(ufrag).unwrap(), &received);
    }

    fn take(early: &mut Early, now: Instant, ufrag: &str) -> Vec<Box<[u8]>> {
        let taken = early.take(now, &Ufrag::parse(ufrag).unwrap());
        taken.into_iter().map(|check| check.datagram).collect()
    }

    #[test]
    fn each_gets_its_own_and_the_last_of_each_address() {
        let (mut early, now) = (Early::default(), start());
        keep(&mut early, now, ANN, 1, b"first");
        keep(&mut early, now, BEN, 1, b"other");
        keep(&mut early, now, ANN, 1, b"again");
        keep(&mut early, now, ANN, 2, b"elsewhere");
        keep(&mut early, now, ANN, 3, &[0; BYTES_MAX + 1]);
        let of_ann = take(&mut early, now, ANN);
        assert_eq!(
            of_ann,
            [Box::from(*b"again"), Box::<[u8]>::from(*b"elsewhere")]
        );
        assert!(take(&mut early, now, ANN).is_empty());
        assert_eq!(take(&mut early, now, BEN).len(), 1);
    }

    #[test]
    fn a_flood_is_bounded_and_the_old_go() {
        let (mut early, now) = (Early::default(), start());
        for port in 0..1_000 {
            keep(&mut early, now, ANN, port, b"flood");
        }
        assert_eq!(early.0.len(), CHECKS_MAX);
        assert!(take(&mut early, now + AGE_MAX, BEN).is_empty());
        assert!(early.0.is_empty());
    }
}
