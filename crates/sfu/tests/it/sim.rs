//! A room in virtual time: clients, the shard, and the network between them.

mod network;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use greenroom_domain::Entropy;
use greenroom_headless::{self as headless, Audio, Client, Kind, Setup, TrackReport, Video};
use greenroom_sfu::{
    Command, Event, MixInput, MixLegSettings, MixedFrame, Negotiator, Output, PeerId, PendingPeer,
    PublisherSettings, PublisherTracks, Seat, Shard, ShardAddresses, SubscriberSettings, Transport,
};

pub(crate) use network::Path;
use network::{Network, Side};

pub(crate) const ALL: SubscriberSettings = SubscriberSettings::ALL;

pub(crate) const OPEN: PublisherSettings = PublisherSettings::OPEN;

/// The shard's address.
const SERVER: ([u8; 4], u16) = ([192, 0, 2, 1], 5_000);

pub(crate) struct Sim {
    pub(crate) start: Instant,
    pub(crate) now: Instant,
    pub(crate) shard: Shard,
    pub(crate) events: Vec<(Duration, Event)>,
    pub(crate) mix_inputs: Vec<MixInput>,
    negotiator: Negotiator,
    entropy: Seeded,
    network: Network,
    clients: Vec<Member>,
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    next_peer: u64,
}

/// A client with its place on the network.
struct Member {
    client: Client,
    public: SocketAddr,
    path: Path,
    events: Vec<(Duration, headless::Event)>,
    sent_after_gone: bool,
}

/// A client of the simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) index: usize,
    pub(crate) peer: PeerId,
}

struct Seeded(std::sync::Mutex<fastrand::Rng>);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        self.0.lock().unwrap().fill(out);
    }
}

pub(crate) fn opus() -> Audio {
    let packets: Vec<Arc<[u8]>> = (0..5_u8).map(|byte| vec![byte; 80].into()).collect();
    Audio {
        packets: packets.into(),
        level: 20,
        on: true,
    }
}

impl Sim {
    #[expect(
        clippy::disallowed_methods,
        reason = "an Instant can be had in no other way; nothing here depends on which"
    )]
    pub(crate) fn new(seed: u64) -> Self {
        let start = Instant::now();
        let addresses = ShardAddresses {
            udp: vec![SocketAddr::from(SERVER)],
            tcp: Vec::new(),
        };
        Self {
            start,
            now: start,
            shard: Shard::new(start),
            events: Vec::new(),
            mix_inputs: Vec::new(),
            negotiator: Negotiator::new(&[addresses], start).unwrap(),
            entropy: Seeded(std::sync::Mutex::new(fastrand::Rng::with_seed(seed))),
            network: Network::new(seed),
            clients: Vec::new(),
            timers: BinaryHeap::new(),
            next_peer: 1,
        }
    }

    /// The same with a shard that tells of first frames.
    pub(crate) fn telling_first_frames(seed: u64) -> Self {
        let mut sim = Self::new(seed);
        sim.shard = sim.shard.telling_first_frames(true);
        sim
    }

    fn setup(&mut self) -> (Setup, Seat) {
        let number = u16::try_from(self.clients.len()).unwrap();
        let local =
            SocketAddr::from(([10, 0, (number / 200).to_le_bytes()[0], 2], 10_000 + number));
        let setup = Setup {
            now: self.now,
            epoch: self.start,
            local,
            seed: u64::from(number) + 77,
        };
        let seat = Seat {
            peer: PeerId(self.next_peer),
            shard: 0,
        };
        self.next_peer += 1;
        (setup, seat)
    }

    fn join(&mut self, client: Client, setup: &Setup, seat: Seat) -> Who {
        let index = self.clients.len();
        self.clients.push(Member {
            client,
            public: setup.local,
            path: Path::default(),
            events: Vec::new(),
            sent_after_gone: false,
        });
        self.network.map(setup.local, index);
        self.after(index);
        Who {
            index,
            peer: seat.peer,
        }
    }

    pub(crate) fn publish(
        &mut self,
        audio: Option<Audio>,
        video: Option<Video>,
        settings: PublisherSettings,
    ) -> (Who, PublisherTracks) {
        let (setup, seat) = self.setup();
        let (mut client, offer) = Client::publisher(&setup, audio, video).unwrap();
        let (peer, answer, tracks) = self
            .negotiator
            .answer_publisher(self.now, &self.entropy, seat, &offer, settings)
            .unwrap();
        self.command(Command::Add(Box::new(peer)));
        client.accept_answer(self.now, &answer).unwrap();
        (self.join(client, &setup, seat), tracks)
    }

    pub(crate) fn subscribe(
        &mut self,
        publishers: &[(PeerId, PublisherTracks)],
        settings: SubscriberSettings,
    ) -> Who {
        self.subscribe_with_answer_after(Duration::ZERO, publishers, settings)
    }

    /// The same where the answer takes that long to get here, while the client begins its checks at once.
    pub(crate) fn subscribe_with_answer_after(
        &mut self,
        late: Duration,
        publishers: &[(PeerId, PublisherTracks)],
        settings: SubscriberSettings,
    ) -> Who {
        let (setup, seat) = self.setup();
        let (pending, offer) = self
            .negotiator
            .offer_subscriber(self.now, &self.entropy, seat, publishers, settings)
            .unwrap();
        let (client, answer) = Client::subscriber(&setup, &offer).unwrap();
        let who = self.join(client, &setup, seat);
        self.run_for(late);
        self.take_answer(pending, &answer);
        who
    }

    pub(crate) fn open_text(&mut self) -> Who {
        let (setup, seat) = self.setup();
        let (pending, offer) = self
            .negotiator
            .offer_text(self.now, &self.entropy, seat)
            .unwrap();
        let (client, answer) = Client::text(&setup, &offer).unwrap();
        self.take_answer(pending, &answer);
        self.join(client, &setup, seat)
    }

    pub(crate) fn join_mix(&mut self, settings: MixLegSettings) -> Who {
        let (setup, seat) = self.setup();
        let (mut client, offer) = Client::mix_leg(&setup, opus(), true).unwrap();
        let (peer, answer) = self
            .negotiator
            .answer_mix_leg(self.now, &self.entropy, seat, &offer, settings)
            .unwrap();
        self.command(Command::Add(Box::new(peer)));
        client.accept_answer(self.now, &answer).unwrap();
        self.join(client, &setup, seat)
    }

    fn take_answer(&mut self, pending: PendingPeer, answer: &str) {
        let peer = pending.accept_answer(answer).unwrap();
        self.command(Command::Add(Box::new(peer)));
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.shard.handle_command(self.now, command);
        self.drain_shard();
    }

    pub(crate) fn mixed(&mut self, leg: Who, frame: MixedFrame) {
        self.shard.handle_mixed(self.now, leg.peer, frame);
        self.drain_shard();
    }

    /// A datagram from anywhere.
    pub(crate) fn inject(&mut self, source: SocketAddr, datagram: &[u8]) {
        let destination = SocketAddr::from(SERVER);
        self.shard
            .handle_datagram(self.now, Transport::Udp, source, destination, datagram);
        self.drain_shard();
    }

    pub(crate) fn client(&self, who: Who) -> &Client {
        &self.clients[who.index].client
    }

    /// Changes a client.
    pub(crate) fn with<R>(&mut self, who: Who, run: impl FnOnce(&mut Client, Instant) -> R) -> R {
        let result = run(&mut self.clients[who.index].client, self.now);
        self.after(who.index);
        result
    }

    pub(crate) fn set_path(&mut self, who: Who, path: Path) {
        self.clients[who.index].path = path;
    }

    /// The client's NAT gives it another address.
    pub(crate) fn rebind(&mut self, who: Who) {
        let member = &mut self.clients[who.index];
        self.network.unmap(member.public);
        member.public.set_port(member.public.port() + 20_000);
        self.network.map(member.public, who.index);
    }

    pub(crate) fn address(&self, who: Who) -> SocketAddr {
        self.clients[who.index].public
    }

    /// The client is not there any more, and says nothing of it.
    pub(crate) fn vanish(&mut self, who: Who) {
        let member = &mut self.clients[who.index];
        member.sent_after_gone = true;
        self.network.unmap(member.public);
    }

    pub(crate) fn client_events(&self, who: Who) -> &[(Duration, headless::Event)] {
        &self.clients[who.index].events
    }

    pub(crate) fn report(&self, who: Who, kind: Kind) -> TrackReport {
        self.reports(who, kind)
            .next()
            .unwrap_or_else(|| panic!("nothing came for {who:?} {kind:?}"))
            .clone()
    }

    pub(crate) fn reports(&self, who: Who, kind: Kind) -> impl Iterator<Item = &TrackReport> {
        self.client(who)
            .tracks()
            .filter(move |track| track.kind == kind)
    }

    /// Packets that came on all tracks of a kind.
    pub(crate) fn packets(&self, who: Who, kind: Kind) -> u64 {
        self.reports(who, kind).map(|track| track.packets).sum()
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
        self.now = end;
    }

    pub(crate) fn run_secs(&mut self, secs: u64) {
        self.run_for(Duration::from_secs(secs));
    }

    /// Runs until something holds; fails if it does not within that time. How long it took.
    pub(crate) fn run_until(
        &mut self,
        limit: Duration,
        what: &str,
        mut holds: impl FnMut(&Self) -> bool,
    ) -> Duration {
        let begun = self.now;
        let end = self.now + limit;
        while !holds(self) {
            assert!(self.step(end), "{what}: not within {limit:?}");
        }
        self.now - begun
    }

    pub(crate) fn connect_all(&mut self) {
        self.run_until(Duration::from_secs(10), "connecting", |sim| {
            sim.clients
                .iter()
                .all(|member| member.client.is_connected() || !member.client.is_alive())
        });
        // The server hears of it a moment later.
        self.run_for(Duration::from_millis(200));
    }

    /// Does the next thing that happens before `end`.
    fn step(&mut self, end: Instant) -> bool {
        let next = [
            self.shard.deadline(),
            self.timers.peek().map(|Reverse((due, _))| *due),
            self.network.next(),
        ]
        .into_iter()
        .flatten()
        .min();
        let Some(next) = next.filter(|next| *next <= end) else {
            return false;
        };
        self.now = self.now.max(next);
        while let Some((to, from, contents)) = self.network.arrive(self.now) {
            match to {
                Side::Server => {
                    let destination = SocketAddr::from(SERVER);
                    self.shard.handle_datagram(
                        self.now,
                        Transport::Udp,
                        from,
                        destination,
                        &contents,
                    );
                }
                Side::Client(index) => {
                    let client = &mut self.clients[index].client;
                    client.handle_datagram(self.now, from, &contents);
                    self.after(index);
                }
            }
        }
        if self.shard.deadline().is_some_and(|due| due <= self.now) {
            self.shard.handle_timeout(self.now);
        }
        self.drain_shard();
        while let Some(Reverse((due, index))) = self.timers.peek().copied()
            && due <= self.now
        {
            self.timers.pop();
            let client = &mut self.clients[index].client;
            if client.deadline() <= self.now {
                client.handle_timeout(self.now);
            }
            self.after(index);
        }
        true
    }

    /// Takes out what a client has to say.
    fn after(&mut self, index: usize) {
        let elapsed = self.elapsed();
        let member = &mut self.clients[index];
        while let Some(output) = member.client.poll_output() {
            match output {
                headless::Output::Transmit(transmit) => {
                    if !member.sent_after_gone {
                        self.network.send(
                            self.now,
                            &member.path,
                            Side::Server,
                            index,
                            member.public,
                            &transmit.contents,
                        );
                    }
                }
                headless::Output::Event(event) => member.events.push((elapsed, event)),
            }
        }
        if !member.sent_after_gone {
            self.timers.push(Reverse((member.client.deadline(), index)));
        }
    }

    fn drain_shard(&mut self) {
        let elapsed = self.elapsed();
        while let Some(output) = self.shard.poll_output() {
            match output {
                Output::Transmit(transmit) => {
                    for datagram in transmit.datagrams() {
                        if let Some(index) = self.network.who(transmit.destination) {
                            self.network.send(
                                self.now,
                                &self.clients[index].path,
                                Side::Client(index),
                                index,
                                transmit.source,
                                datagram,
                            );
                        }
                    }
                }
                Output::Event(event) => self.events.push((elapsed, event)),
                Output::MixInput(input) => self.mix_inputs.push(input),
            }
        }
    }

    /// Events by peer, as often as they came.
    pub(crate) fn connected(&self) -> BTreeMap<PeerId, usize> {
        let mut connected = BTreeMap::new();
        for (_, event) in &self.events {
            if let Event::Connected(peer) = event {
                *connected.entry(*peer).or_default() += 1;
            }
        }
        connected
    }
}
