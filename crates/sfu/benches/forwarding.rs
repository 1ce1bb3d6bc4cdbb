//! What it costs a shard to send a packet on, in memory and in virtual time: one publisher of 30
//! pictures a second, each of five packets, to eight subscribers. All the shard does is counted,
//! feedback and timers included.
//!
//! `scripts/count-forwarding.sh` counts instructions, which are the same on each run.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark measures time and prints it"
)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use greenroom_domain::Entropy;
use greenroom_headless::{Client, FrameSizes, Layer, Output as ClientOutput, Setup, Video};
use greenroom_sfu::{
    Command, Negotiator, Output, PeerId, PublisherSettings, Seat, Shard, ShardAddresses,
    SubscriberSettings, Transport,
};

const SUBSCRIBERS: u16 = 8;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(5);

/// Time goes on in steps of this length, as fine as any timer here asks for.
const STEP: Duration = Duration::from_millis(1);

const SERVER: ([u8; 4], u16) = ([192, 0, 2, 1], 5_000);

struct Seeded(std::sync::Mutex<fastrand::Rng>);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        self.0.lock().expect("not poisoned").fill(out);
    }
}

struct Room {
    shard: Shard,
    clients: Vec<Client>,
    /// Datagrams to the shard, with their senders.
    to_shard: Vec<(SocketAddr, Vec<u8>)>,
    /// Datagrams from the shard, with their receivers.
    to_clients: Vec<(SocketAddr, Vec<u8>)>,
}

fn address(index: usize) -> SocketAddr {
    let port = u16::try_from(index).expect("few clients");
    SocketAddr::from(([10, 0, 0, 1], 10_000 + port))
}

fn room(start: Instant) -> Room {
    let addresses = ShardAddresses {
        udp: vec![SocketAddr::from(SERVER)],
        tcp: Vec::new(),
    };
    let negotiator = Negotiator::new(&[addresses], start).expect("an address");
    let entropy = Seeded(std::sync::Mutex::new(fastrand::Rng::with_seed(1)));
    let setup = |index: usize| Setup {
        now: start,
        epoch: start,
        local: address(index),
        seed: 7,
    };
    let seat = |peer| Seat {
        peer: PeerId(peer),
        shard: 0,
    };
    let video = Video {
        frames_per_sec: 30,
        temporal_layers: 1,
        layers: vec![Layer {
            rid: None,
            size: (1_280, 720),
            frames: FrameSizes::Even {
                packets: 5,
                packet_bytes: 1_100,
            },
        }],
    };
    let mut shard = Shard::new(start);
    let (mut publisher, offer) = Client::publisher(&setup(0), None, Some(video)).expect("an offer");
    let settings = PublisherSettings::OPEN;
    let (peer, answer, tracks) = negotiator
        .answer_publisher(start, &entropy, seat(0), &offer, settings)
        .expect("an answer");
    shard.handle_command(start, Command::Add(Box::new(peer)));
    publisher.accept_answer(start, &answer).expect("it fits");
    let mut clients = vec![publisher];
    let all = SubscriberSettings::ALL;
    for number in 1..=SUBSCRIBERS {
        let feeds = [(PeerId(0), tracks.clone())];
        let (pending, offer) = negotiator
            .offer_subscriber(start, &entropy, seat(number.into()), &feeds, all)
            .expect("an offer");
        let (client, answer) =
            Client::subscriber(&setup(number.into()), &offer).expect("an answer");
        let peer = pending.accept_answer(&answer).expect("it fits");
        shard.handle_command(start, Command::Add(Box::new(peer)));
        clients.push(client);
    }
    Room {
        shard,
        clients,
        to_shard: Vec::new(),
        to_clients: Vec::new(),
    }
}

impl Room {
    fn run_clients(&mut self, now: Instant) {
        for (to, datagram) in std::mem::take(&mut self.to_clients) {
            let index = usize::from(to.port() - 10_000);
            if let Some(client) = self.clients.get_mut(index) {
                client.handle_datagram(now, SocketAddr::from(SERVER), &datagram);
            }
        }
        for (index, client) in self.clients.iter_mut().enumerate() {
            if client.deadline() <= now {
                client.handle_timeout(now);
            }
            while let Some(output) = client.poll_output() {
                if let ClientOutput::Transmit(transmit) = output {
                    self.to_shard.push((address(index), transmit.contents));
                }
            }
        }
    }

    #[inline]
    fn run_shard(&mut self, now: Instant) {
        for (from, datagram) in self.to_shard.drain(..) {
            let to = SocketAddr::from(SERVER);
            self.shard
                .handle_datagram(now, Transport::Udp, from, to, &datagram);
        }
        if self.shard.deadline().is_some_and(|due| due <= now) {
            self.shard.handle_timeout(now);
        }
        while let Some(output) = self.shard.poll_output() {
            if let Output::Transmit(transmit) = output {
                for datagram in transmit.datagrams() {
                    self.to_clients
                        .push((transmit.destination, datagram.to_vec()));
                }
            }
        }
    }
}

/// The one function that is counted.
#[inline(never)]
fn counted_shard_work(room: &mut Room, now: Instant) {
    room.run_shard(now);
}

fn main() {
    let start = Instant::now();
    let mut room = room(start);
    let mut now = start;
    while now < start + WARM_UP {
        room.run_clients(now);
        room.run_shard(now);
        now += STEP;
    }
    let before = room.shard.counters().packets_forwarded;
    let mut spent = Duration::ZERO;
    while now < start + WARM_UP + MEASURED {
        room.run_clients(now);
        let begun = Instant::now();
        counted_shard_work(&mut room, now);
        spent += begun.elapsed();
        now += STEP;
    }
    let packets = room.shard.counters().packets_forwarded - before;
    assert!(packets > 5_000, "media flows: {packets}");
    println!("{packets} packets");
    let nanos = spent.as_nanos() / u128::from(packets);
    println!("{nanos} ns each");
}
