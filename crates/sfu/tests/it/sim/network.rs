//! The network: each client has a path to the server, with its faults.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A client's path, the same in both directions if not said otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path {
    /// One way.
    pub(crate) delay: Duration,
    /// On top of that, evenly spread; reorders.
    pub(crate) jitter: Duration,
    /// Packets lost on the way to the server, of 1,000.
    pub(crate) loss_up: u64,
    /// Packets lost on the way to the client, of 1,000.
    pub(crate) loss_down: u64,
    /// Packets that come twice, of 1,000.
    pub(crate) twice: u64,
    /// What the way to the client carries, in bit/s; what waits longer than 300 ms is lost.
    pub(crate) down_bps: Option<u64>,
}

impl Default for Path {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(10),
            jitter: Duration::ZERO,
            loss_up: 0,
            loss_down: 0,
            twice: 0,
            down_bps: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client(usize),
}

/// What waits longer before a narrow path is lost.
const QUEUE: Duration = Duration::from_millis(300);

pub(crate) struct Network {
    random: fastrand::Rng,
    under_way: BTreeMap<(Instant, u64), (Side, SocketAddr, Vec<u8>)>,
    sent: u64,
    by_address: HashMap<SocketAddr, usize>,
    /// When a client's narrow path is free again.
    free_at: HashMap<usize, Instant>,
}

impl Network {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            under_way: BTreeMap::new(),
            sent: 0,
            by_address: HashMap::new(),
            free_at: HashMap::new(),
        }
    }

    pub(crate) fn map(&mut self, address: SocketAddr, client: usize) {
        self.by_address.insert(address, client);
    }

    pub(crate) fn unmap(&mut self, address: SocketAddr) {
        self.by_address.remove(&address);
    }

    pub(crate) fn who(&self, address: SocketAddr) -> Option<usize> {
        self.by_address.get(&address).copied()
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.under_way.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn arrive(&mut self, now: Instant) -> Option<(Side, SocketAddr, Vec<u8>)> {
        let first = self.under_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    pub(crate) fn send(
        &mut self,
        now: Instant,
        path: &Path,
        to: Side,
        client: usize,
        from: SocketAddr,
        contents: &[u8],
    ) {
        let loss = match to {
            Side::Server => path.loss_up,
            Side::Client(_) => path.loss_down,
        };
        if self.random.u64(0..1_000) < loss {
            return;
        }
        let mut leaves = now;
        if let (Side::Client(_), Some(bps)) = (to, path.down_bps) {
            let free_at = self.free_at.entry(client).or_insert(now);
            leaves = now.max(*free_at);
            if leaves > now + QUEUE {
                return;
            }
            let bits = u64::try_from(contents.len() + 28).unwrap() * 8;
            leaves += Duration::from_micros(bits * 1_000_000 / bps);
            *free_at = leaves;
        }
        let times = if self.random.u64(0..1_000) < path.twice {
            2
        } else {
            1
        };
        for _ in 0..times {
            let jitter = path.jitter.mul_f64(self.random.f64());
            self.sent += 1;
            self.under_way.insert(
                (leaves + path.delay + jitter, self.sent),
                (to, from, contents.to_vec()),
            );
        }
    }
}
