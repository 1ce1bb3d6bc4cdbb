//! A shard's thread: waits for datagrams, commands and deadlines, lets the shard work, and carries
//! out what it wants.
//!
//! One turn reads everything that is there, up to a bound that grows by itself with the load, with one
//! reading of the clock; then the shard's output goes out. There is no sleep while there is work.

mod rooms;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use greenroom_sfu::{Output, Shard, Transmit, Transport};
use mio::{Events, Interest, Poll, Token};

use crate::address::LocalAddresses;
use crate::clock;
use crate::control::ShardInbox;
use crate::mix_lane::{CHANGES_MAX, MixNews, ToMixer};
use crate::stats::{Board, Busy, ShardStats};
use crate::tcp::TcpPort;
use crate::udp::{Backlog, UdpPort};
use rooms::Rooms;

/// The token of the waker.
pub(crate) const WAKER: Token = Token(0);
const UDP: Token = Token(1);
const TCP_LISTENER: Token = Token(2);

/// Batches read in one turn at most. Under load turns get that long, and cost less for each
/// datagram; what has to go out is never held back by more than a millisecond or two of reading.
const BATCHES_MAX: usize = 8;

/// Sockets that may have something in one turn; the others have it in the next.
const POLLED_MAX: usize = 256;

/// How often figures are copied out and stale connections looked for.
const SECOND: Duration = Duration::from_secs(1);

/// How soon a lane that was full is tried again.
const RETRY: Duration = Duration::from_millis(10);

/// What a shard's thread is made of.
pub(crate) struct ShardParts {
    pub(crate) number: usize,
    pub(crate) silence_max: Duration,
    pub(crate) tells_first_frames: bool,
    pub(crate) poll: Poll,
    pub(crate) udp: UdpPort,
    pub(crate) tcp: Option<TcpPort>,
    pub(crate) local: [LocalAddresses; 2],
    pub(crate) inbox: ShardInbox,
    pub(crate) news: Receiver<MixNews>,
    pub(crate) mixers: Vec<ToMixer>,
    pub(crate) stopping: Arc<AtomicBool>,
    pub(crate) alive: Arc<AtomicBool>,
    pub(crate) board: Arc<Board<ShardStats>>,
}

/// All that a shard's thread has in hands.
pub(crate) struct ShardThread {
    shard: Shard,
    rooms: Rooms,
    poll: Poll,
    net: Net,
    inbox: ShardInbox,
    news: Receiver<MixNews>,
    stopping: Arc<AtomicBool>,
    alive: Arc<AtomicBool>,
    board: Arc<Board<ShardStats>>,
    stats: ShardStats,
    busy: Busy,
    second_began: Instant,
}

/// A shard's sockets, and the addresses of each.
struct Net {
    udp: UdpPort,
    udp_addresses: LocalAddresses,
    udp_backlog: bool,
    tcp: Option<TcpPort>,
    tcp_addresses: LocalAddresses,
}

impl ShardThread {
    pub(crate) fn new(parts: ShardParts) -> io::Result<Self> {
        let ShardParts {
            number,
            silence_max,
            tells_first_frames,
            poll,
            mut udp,
            mut tcp,
            local: [udp_addresses, tcp_addresses],
            inbox,
            news,
            mixers,
            stopping,
            alive,
            board,
        } = parts;
        let registry = poll.registry();
        registry.register(udp.source(), UDP, Interest::READABLE)?;
        if let Some(tcp) = &mut tcp {
            registry.register(tcp.source(), TCP_LISTENER, Interest::READABLE)?;
        }
        Ok(Self {
            shard: Shard::new(clock::now())
                .with_silence_max(silence_max)
                .telling_first_frames(tells_first_frames),
            rooms: Rooms::new(number, mixers),
            poll,
            net: Net {
                udp,
                udp_addresses,
                udp_backlog: false,
                tcp,
                tcp_addresses,
            },
            inbox,
            news,
            stopping,
            alive,
            board,
            stats: ShardStats::default(),
            busy: Busy::default(),
            second_began: clock::now(),
        })
    }

    /// Runs until it is told to stop, or fails; then its rooms are told.
    pub(crate) fn run(mut self) {
        match catch_unwind(AssertUnwindSafe(|| self.work())) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => tracing::error!(%error, "a media thread cannot wait for its sockets"),
            Err(_) => tracing::error!("a media thread failed; its rooms lose their media"),
        }
        let Self {
            mut rooms,
            stopping,
            alive,
            inbox,
            ..
        } = self;
        // Nobody comes here any more.
        alive.store(false, Ordering::Relaxed);
        // Whoever waits for a place on the lane is let go.
        drop(inbox);
        rooms.lose_all();
        while rooms.retry() && !stopping.load(Ordering::Relaxed) {
            thread::park_timeout(RETRY);
        }
    }

    fn work(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(POLLED_MAX);
        let mut wait = Duration::ZERO;
        while !self.stopping.load(Ordering::Relaxed) {
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let now = clock::now();
            self.note(&events, now);
            self.turn(now);
            let ended = clock::now();
            self.busy.add(ended.saturating_duration_since(now));
            self.each_second(ended);
            wait = self.wait(ended);
        }
        Ok(())
    }

    /// How long there is nothing to do, unless something comes.
    fn wait(&self, now: Instant) -> Duration {
        let tcp_backlog = self.net.tcp.as_ref().is_some_and(TcpPort::has_readable);
        if self.net.udp_backlog || tcp_backlog {
            return Duration::ZERO;
        }
        let mut wake = self.second_began + SECOND;
        if let Some(deadline) = self.shard.deadline() {
            wake = wake.min(deadline);
        }
        if self.rooms.is_behind() {
            wake = wake.min(now + RETRY);
        }
        wake.saturating_duration_since(now)
    }

    fn note(&mut self, events: &Events, now: Instant) {
        for event in events {
            match event.token() {
                WAKER => {}
                UDP => self.net.udp_backlog = true,
                TCP_LISTENER => {
                    if let Some(tcp) = &mut self.net.tcp {
                        tcp.accept(self.poll.registry(), now);
                    }
                }
                Token(_) => {
                    if let Some(tcp) = &mut self.net.tcp {
                        tcp.note(event);
                    }
                }
            }
        }
    }

    fn turn(&mut self, now: Instant) {
        self.take_controls(now);
        self.take_news(now);
        self.read(now);
        if self.shard.deadline().is_some_and(|due| due <= now) {
            self.shard.handle_timeout(now);
        }
        self.carry_out(now);
        self.rooms.retry();
    }

    fn take_controls(&mut self, now: Instant) {
        // A mixer that is that far behind holds up those who ask, not the audio.
        if self.rooms.mixer_changes_kept() >= CHANGES_MAX {
            return;
        }
        let (shard, rooms) = (&mut self.shard, &mut self.rooms);
        let gone = self.inbox.take(|control| rooms.handle(control, shard, now));
        for gone in gone {
            rooms.close(gone.room, shard, now);
        }
    }

    fn take_news(&mut self, now: Instant) {
        // As many as were there: what comes meanwhile waits for the next turn.
        for _ in 0..self.news.len() {
            match self.news.try_recv() {
                Ok(MixNews::Frame(frame)) => rooms::hand_out(&frame, &mut self.shard, now),
                Ok(MixNews::Talking { leg, talks }) => self.rooms.leg_talks(leg, talks),
                Err(_) => return,
            }
        }
    }

    fn read(&mut self, now: Instant) {
        let (shard, net) = (&mut self.shard, &mut self.net);
        for _ in 0..BATCHES_MAX {
            if !net.udp_backlog {
                break;
            }
            let addresses = &mut net.udp_addresses;
            let backlog = net.udp.receive(|from, to, datagram| {
                if let Some(at) = addresses.arrived_at(to, from) {
                    shard.handle_datagram(now, Transport::Udp, from, at, datagram);
                }
            });
            net.udp_backlog = backlog == Backlog::Likely;
        }
        if let Some(tcp) = &mut net.tcp {
            let addresses = &mut net.tcp_addresses;
            tcp.receive(now, |from, to, datagram| {
                if let Some(at) = addresses.arrived_at(to, from) {
                    shard.handle_datagram(now, Transport::Tcp, from, at, datagram);
                }
            });
        }
    }

    /// Does what the shard wants. What a room makes of an event may make the shard want more.
    fn carry_out(&mut self, now: Instant) {
        let mut events = Vec::new();
        loop {
            while let Some(output) = self.shard.poll_output() {
                match output {
                    Output::Transmit(transmit) => self.net.send(&transmit, &mut self.stats),
                    Output::Event(event) => events.push(event),
                    Output::MixInput(packet) => {
                        if !self.rooms.mix(packet) {
                            self.stats.mix_packets_dropped += 1;
                        }
                    }
                }
            }
            if events.is_empty() {
                break;
            }
            for event in events.drain(..) {
                self.rooms.tell(event, &mut self.shard, now);
            }
        }
        if let Some(tcp) = &mut self.net.tcp {
            tcp.flush(now);
        }
    }

    fn each_second(&mut self, now: Instant) {
        let period = now.saturating_duration_since(self.second_began);
        if period < SECOND {
            return;
        }
        self.second_began = now;
        self.rooms.look_after_mixers(&mut self.shard, now);
        if let Some(tcp) = &mut self.net.tcp {
            tcp.accept(self.poll.registry(), now);
            tcp.sweep(now, |address| self.shard.knows(Transport::Tcp, address));
            let counts = tcp.counts();
            self.stats.tcp_accepted = counts.accepted;
            self.stats.tcp_closed = counts.closed;
            self.stats.tcp_connections = tcp.connections() as u64;
            self.stats.tcp_dropped = counts.dropped;
        }
        self.stats.forwarding = self.shard.counters();
        self.stats.rooms = self.rooms.rooms() as u64;
        self.stats.text_overruns = self.rooms.text_overruns();
        self.stats.busy_permille = self.busy.take(period);
        let busy = self.stats.busy_permille;
        self.board.leave(self.stats, busy, self.rooms.peers());
    }
}

impl Net {
    fn send(&mut self, transmit: &Transmit<'_>, stats: &mut ShardStats) {
        match (transmit.transport, &mut self.tcp) {
            (Transport::Udp, _) => {
                stats.datagrams_dropped += self.udp.send(
                    self.udp_addresses.source(transmit.source),
                    transmit.destination,
                    transmit.segment_bytes,
                    transmit.payload,
                );
            }
            (Transport::Tcp, Some(tcp)) => {
                for datagram in transmit.datagrams() {
                    tcp.send(transmit.destination, datagram);
                }
            }
            (Transport::Tcp, None) => {}
        }
    }
}
