//! A shard: the connections of whole rooms, and all that goes between them.

mod commands;
mod events;
mod forwarding;
mod layers;
mod reports;
mod updates;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::Rtc;

use crate::counters::Counters;
use crate::credentials::Check;
use crate::demux::Demux;
use crate::early::Early;
use crate::egress::{Egress, is_stun};
use crate::link::{Fault, Outbox, Queued, Received};
use crate::output::{End, Event, FirstFrame, MixInput, MixedFrame, Output, Transport};
use crate::peer::{Peer, Phase, Role, SILENCE_MAX};
use crate::reach::{Answers, reach_answer};
use crate::settings::PeerId;
use crate::slab::{Key, Slab};
use crate::timers::Timers;

/// Connections on one shard. Each costs about 60 KiB, so that this many cost a gigabyte.
const PEERS_MAX: usize = 16_384;

/// Datagrams are handed out once so many bytes wait, before more are made.
const EGRESS_BYTES: usize = 256 * 1024;

/// Connections of whole rooms, on one thread.
///
/// Feed it with `handle_*`, then take out all there is with [`Shard::poll_output`], then wait for
/// [`Shard::deadline`]. Several datagrams may be fed before outputs are taken: what goes to one
/// subscriber then leaves together.
pub struct Shard {
    now: Instant,
    peers: Slab<Peer>,
    ids: HashMap<PeerId, Key>,
    demux: Demux,
    early: Early,
    timers: Timers,
    outbox: Outbox,
    /// Connections that packets wait for.
    dirty: Vec<Key>,
    told: VecDeque<Told>,
    counters: Counters,
    /// Answers to those who ask whether the port can be reached.
    answers: Answers,
    silence_max: Duration,
    tells_first_frames: bool,
}

enum Told {
    Event(Event),
    MixInput(MixInput),
}

impl Shard {
    /// An empty shard.
    pub fn new(now: Instant) -> Self {
        Self {
            now,
            peers: Slab::new(),
            ids: HashMap::new(),
            demux: Demux::default(),
            early: Early::default(),
            timers: Timers::default(),
            outbox: Outbox {
                egress: Egress::new(),
                events: VecDeque::new(),
            },
            dirty: Vec::new(),
            told: VecDeque::new(),
            counters: Counters::default(),
            answers: Answers::new(now),
            silence_max: SILENCE_MAX,
            tells_first_frames: false,
        }
    }

    /// The same, which also tells, or does not, when the first media of a track comes in and goes out.
    #[must_use]
    pub const fn telling_first_frames(mut self, tells: bool) -> Self {
        self.tells_first_frames = tells;
        self
    }

    /// The same, with another limit than [`SILENCE_MAX`] for how long nothing may be heard of a connection
    /// that is up.
    #[must_use]
    pub const fn with_silence_max(mut self, silence_max: Duration) -> Self {
        self.silence_max = silence_max;
        self
    }

    /// How long nothing was heard of a connection, not even a check of it; `None` if there is none.
    pub fn silence_of(&self, peer: PeerId, now: Instant) -> Option<Duration> {
        let peer = self.peers.get(*self.ids.get(&peer)?)?;
        Some(now.saturating_duration_since(peer.heard_at))
    }

    /// Takes in a datagram, without its framing if it came by TCP. `destination` is the candidate of
    /// ours that it came to, as clients were told it.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        transport: Transport,
        source: SocketAddr,
        destination: SocketAddr,
        datagram: &[u8],
    ) {
        self.advance(now);
        self.counters.datagrams_in += 1;
        self.counters.bytes_in += u64::try_from(datagram.len()).unwrap_or_default();
        let received = Received {
            transport,
            source,
            destination,
            datagram,
        };
        if !self.take_in(&received) {
            self.counters.datagrams_unknown += 1;
        }
    }

    /// Gives a datagram to the connection it is for, or answers it itself; whether it was for somebody.
    fn take_in(&mut self, received: &Received<'_>) -> bool {
        let Some(key) = self.whose(received) else {
            return self.answer_reach(received);
        };
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else {
            return false;
        };
        if !peer.sources.admit(received.datagram) {
            self.counters.datagrams_malformed += 1;
            return true;
        }
        let result = peer.link.receive(key, now, &mut self.outbox, received);
        if matches!(result, Ok(true)) {
            peer.heard_at = now;
        }
        if self.settle(key, result) == Some(false) {
            self.counters.datagrams_malformed += 1;
        }
        self.handle_events();
        self.schedule(key);
        true
    }

    /// Writes a frame of the mix to a leg of it.
    pub fn handle_mixed(&mut self, now: Instant, leg: PeerId, frame: MixedFrame) {
        self.advance(now);
        let now = self.now;
        let Some(key) = self.ids.get(&leg).copied() else {
            return;
        };
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let id = peer.id;
        if peer.is_up()
            && let Role::MixLeg(leg) = &mut peer.role
        {
            let is_first = !leg.is_served();
            let queued = peer.link.queue(leg.write(frame, now));
            self.note(key, queued, |counters| &mut counters.mix_packets_out);
            self.tell_first(is_first, id, FirstFrame::Mixed);
        }
    }

    /// Takes note of a packet that was put aside, or dropped.
    fn note(&mut self, key: Key, queued: Queued, counter: fn(&mut Counters) -> &mut u64) {
        match queued {
            Queued::First => self.dirty.push(key),
            Queued::Behind => {}
            Queued::Dropped => {
                self.counters.packets_dropped += 1;
                return;
            }
        }
        *counter(&mut self.counters) += 1;
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        let now = self.now;
        while let Some((due, key)) = self.timers.pop(now) {
            let Some(peer) = self.peers.get_mut(key) else {
                continue;
            };
            if peer.scheduled != Some(due) {
                continue;
            }
            peer.scheduled = None;
            self.handle_peer_timeout(key);
            self.schedule(key);
        }
    }

    /// When [`Shard::handle_timeout`] is due; `None` if never.
    pub fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The next thing to do for whoever runs the shard.
    pub fn poll_output(&mut self) -> Option<Output<'_>> {
        while self.told.is_empty() && self.outbox.egress.is_drained() {
            if self.dirty.is_empty() {
                return None;
            }
            self.flush();
        }
        match self.told.pop_front() {
            Some(Told::Event(event)) => Some(Output::Event(event)),
            Some(Told::MixInput(input)) => Some(Output::MixInput(input)),
            None => self.outbox.egress.poll().map(Output::Transmit),
        }
    }

    /// Whether some connection speaks from an address.
    pub fn knows(&self, transport: Transport, address: SocketAddr) -> bool {
        self.demux.by_address(&(transport, address)).is_some()
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        let (datagrams_out, bytes_out) = self.outbox.egress.totals();
        Counters {
            peers: u64::try_from(self.peers.len()).unwrap_or_default(),
            datagrams_out,
            bytes_out,
            ..self.counters
        }
    }

    /// Entries in all look-up tables: 0 once all connections are gone.
    pub fn entries(&self) -> usize {
        self.ids.len() + self.demux.len() + self.peers.len()
    }

    /// Time never goes back.
    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn whose(&mut self, received: &Received<'_>) -> Option<Key> {
        let address = (received.transport, received.source);
        if !received.datagram.first().copied().is_some_and(is_stun) {
            return self.demux.by_address(&address);
        }
        let check = Check::parse(received.datagram)?;
        let Some(key) = self.demux.by_ufrag(&check.ufrag) else {
            self.early.keep(self.now, check.ufrag, received);
            return None;
        };
        let peer = self.peers.get_mut(key)?;
        let accepts = crate::guard::guarded(|| peer.link.accepts(self.now, received))?;
        if !accepts {
            return None;
        }
        self.demux.learn(key, address, &mut peer.addresses);
        if check.nominates {
            peer.link.set_route(received);
        }
        Some(key)
    }

    /// Answers whoever asks whether the port can be reached; whether that was it.
    fn answer_reach(&mut self, received: &Received<'_>) -> bool {
        let is_stun = received.datagram.first().copied().is_some_and(is_stun);
        let answer = is_stun
            .then(|| reach_answer(received.datagram, received.source))
            .flatten();
        let Some(answer) = answer else {
            return false;
        };
        if self.answers.admit(self.now) {
            self.outbox.egress.push_answer(received, &answer);
        }
        true
    }

    /// Changes a connection.
    fn mutate<R>(&mut self, key: Key, change: impl FnOnce(&mut Rtc) -> R) -> Option<R> {
        let peer = self.peers.get_mut(key)?;
        let result = peer.link.mutate(key, self.now, &mut self.outbox, change);
        self.settle(key, result)
    }

    /// Ends a connection that a change has broken.
    fn settle<R>(&mut self, key: Key, result: Result<R, Fault>) -> Option<R> {
        if result.is_err() {
            self.end(key, End::Faulted);
        }
        result.ok()
    }

    fn schedule(&mut self, key: Key) {
        if let Some(peer) = self.peers.get_mut(key) {
            if !peer.link.is_alive() {
                self.end(key, End::ClosedByPeer);
                return;
            }
            let due = peer.due();
            self.timers.schedule(key, due, &mut peer.scheduled);
        }
    }

    fn tell(&mut self, event: Event) {
        self.told.push_back(Told::Event(event));
    }

    /// Tells of a track's first media, if it is and somebody wants to know.
    fn tell_first(&mut self, is_first: bool, peer: PeerId, frame: FirstFrame) {
        if is_first && self.tells_first_frames {
            self.tell(Event::FirstFrame(peer, frame));
        }
    }

    /// Sends what waits, until a good deal is ready to go. What waits for a connection to come up goes on waiting: str0m would
    /// keep it without a bound.
    fn flush(&mut self) {
        while self.outbox.egress.len() < EGRESS_BYTES {
            let Some(key) = self.dirty.pop() else {
                return;
            };
            let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.is_up()) else {
                continue;
            };
            let result = peer.link.flush(key, self.now, &mut self.outbox);
            self.settle(key, result);
            self.handle_events();
            self.schedule(key);
        }
    }

    fn handle_peer_timeout(&mut self, key: Key) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        if now >= peer.gives_up_at() {
            let why = match peer.phase {
                Phase::Connecting(_) => End::NeverConnected,
                Phase::Up => End::TimedOut,
            };
            self.end(key, why);
            return;
        }
        if peer.link.deadline() <= now {
            let result = peer.link.handle_timeout(key, now, &mut self.outbox);
            self.settle(key, result);
            self.handle_events();
        }
        self.handle_role_timeout(key);
        self.handle_events();
    }

    /// A connection ends by itself.
    fn end(&mut self, key: Key, why: End) {
        if let Some(peer) = self.forget(key) {
            if why == End::Faulted {
                self.counters.faults += 1;
                tracing::warn!(peer = peer.id.0, "a fault ended a media connection");
            }
            self.tell(Event::Ended(peer.id, why));
            discard(peer);
        }
    }

    /// Takes a connection out of everything.
    fn forget(&mut self, key: Key) -> Option<Peer> {
        self.unlink(key);
        let peer = self.peers.remove(key)?;
        self.ids.remove(&peer.id);
        self.demux.forget(key, &peer.ufrag, &peer.addresses);
        Some(peer)
    }
}

/// Drops a connection that may be in any state.
fn discard(peer: Peer) {
    crate::guard::guarded(|| drop(peer));
}

impl std::fmt::Debug for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shard")
            .field("counters", &self.counters())
            .finish_non_exhaustive()
    }
}
