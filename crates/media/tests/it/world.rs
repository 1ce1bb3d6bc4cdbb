//! An engine, a room and clients with sockets of their own, all driven by one thread.

mod pipe;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use greenroom_domain::Entropy;
use greenroom_headless::{Audio, Client, Event, Output, Setup, Video};
use greenroom_media::{
    Engine, EngineConfig, MediaEvent, MixLegSettings, PeerId, PublisherSettings, PublisherTracks,
    RoomMedia, SubscriberSettings,
};
use mio::{Events, Poll, Token};
use tokio::sync::mpsc::Receiver;

pub use pipe::Pipe;

/// Whatever is waited for comes within a blink, or this long on a machine that has other things to do.
const LIMIT: Duration = Duration::from_secs(60);

pub const HEARD: PublisherSettings = PublisherSettings::OPEN;

pub const ALL: SubscriberSettings = SubscriberSettings::ALL;

/// One test at a time: they measure what is left over, and have little processor to share.
static TURN: Mutex<()> = Mutex::new(());

#[expect(clippy::disallowed_methods, reason = "real sockets live in real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// Random bytes from a seed.
struct Seeded(Mutex<fastrand::Rng>);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill(out);
    }
}

pub fn entropy() -> Arc<dyn Entropy> {
    Arc::new(Seeded(Mutex::new(fastrand::Rng::with_seed(11))))
}

/// Runs what may wait for a place on a lane.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

/// A client with its socket, and what it was told.
pub struct Seat {
    pub client: Client,
    pub pipe: Pipe,
    pub events: Vec<Event>,
}

impl Seat {
    /// Frames decoded on all tracks.
    pub fn frames(&self) -> u64 {
        self.client
            .tracks()
            .map(|track| track.video.frames_decoded)
            .sum()
    }

    /// Packets that came on all tracks.
    pub fn packets(&self) -> u64 {
        self.client.tracks().map(|track| track.packets).sum()
    }

    pub fn texts(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    pub fn channel_is_open(&self) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, Event::ChannelOpen))
    }

    pub fn is_closed(&self) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, Event::Closed(_)))
    }
}

/// An engine with one room, and clients.
pub struct World {
    pub engine: Engine,
    pub room: RoomMedia,
    pub lane: Receiver<MediaEvent>,
    pub told: Vec<MediaEvent>,
    /// Whether the room takes its events.
    pub listens: bool,
    pub seats: Vec<Seat>,
    poll: Poll,
    epoch: Instant,
    _turn: MutexGuard<'static, ()>,
}

/// Which of the clients.
pub type Who = usize;

impl World {
    pub fn new() -> Self {
        Self::with(&EngineConfig::loopback())
    }

    pub fn with(config: &EngineConfig) -> Self {
        let turn = take_turn();
        let engine = Engine::start(config, entropy()).unwrap();
        let (room, lane) = engine.open_room();
        Self {
            engine,
            room,
            lane,
            told: Vec::new(),
            listens: true,
            seats: Vec::new(),
            poll: Poll::new().unwrap(),
            epoch: now(),
            _turn: turn,
        }
    }

    pub fn udp(&self) -> Pipe {
        let server = self.engine.addresses()[0].udp[0];
        Pipe::udp(server, server)
    }

    pub fn tcp(&self) -> Pipe {
        let addresses = &self.engine.addresses()[0];
        Pipe::tcp(addresses.udp[0], addresses.tcp[0])
    }

    pub fn publish(
        &mut self,
        pipe: Pipe,
        audio: Option<Audio>,
        video: Option<Video>,
    ) -> (Who, PeerId, PublisherTracks) {
        let (client, offer) = Client::publisher(&self.setup(&pipe), audio, video).unwrap();
        let (peer, answer, tracks) = self.room.publish(&offer, HEARD).unwrap();
        let who = self.seat(client, pipe, Some(&answer));
        self.flush();
        (who, peer, tracks)
    }

    pub fn join_mix(&mut self, pipe: Pipe, audio: Audio) -> (Who, PeerId) {
        let (client, offer) = Client::mix_leg(&self.setup(&pipe), audio, true).unwrap();
        let settings = MixLegSettings { muted: false };
        let (peer, answer) = self.room.join_mix(&offer, settings).unwrap();
        let who = self.seat(client, pipe, Some(&answer));
        self.flush();
        (who, peer)
    }

    pub fn subscribe(&mut self, pipe: Pipe, to: &[(PeerId, PublisherTracks)]) -> (Who, PeerId) {
        let (peer, offer) = self.room.subscribe(to, ALL).unwrap();
        let (client, answer) = Client::subscriber(&self.setup(&pipe), &offer).unwrap();
        self.room.accept_answer(peer, &answer).unwrap();
        let who = self.seat(client, pipe, None);
        self.flush();
        (who, peer)
    }

    pub fn open_text(&mut self, pipe: Pipe) -> (Who, PeerId) {
        let (peer, offer) = self.room.open_text().unwrap();
        let (client, answer) = Client::text(&self.setup(&pipe), &offer).unwrap();
        self.room.accept_answer(peer, &answer).unwrap();
        let who = self.seat(client, pipe, None);
        self.flush();
        (who, peer)
    }

    pub fn flush(&mut self) {
        block_on(self.room.flush());
    }

    fn setup(&self, pipe: &Pipe) -> Setup {
        Setup {
            now: now(),
            epoch: self.epoch,
            local: pipe.local(),
            seed: self.seats.len() as u64,
        }
    }

    fn seat(&mut self, mut client: Client, mut pipe: Pipe, answer: Option<&str>) -> Who {
        if let Some(answer) = answer {
            client.accept_answer(now(), answer).unwrap();
        }
        let who = self.seats.len();
        pipe.register(self.poll.registry(), Token(who));
        self.seats.push(Seat {
            client,
            pipe,
            events: Vec::new(),
        });
        who
    }

    /// Goes on until it is so.
    pub fn until(&mut self, what: &str, mut so: impl FnMut(&mut Self) -> bool) {
        let limit = now() + LIMIT;
        let mut events = Events::with_capacity(64);
        loop {
            let due = self.step();
            if so(self) {
                return;
            }
            let present = now();
            assert!(present < limit, "never: {what}; told {:?}", self.told);
            // The room's lane has no socket to wake this thread, so it is looked at often.
            let wait = due
                .saturating_duration_since(present)
                .min(Duration::from_millis(5));
            let _ = self.poll.poll(&mut events, Some(wait));
        }
    }

    /// Until the room was told so.
    pub fn until_told(&mut self, event: &MediaEvent) {
        self.until(&format!("{event:?}"), |world| world.told.contains(event));
    }

    /// Lets all clients do what they can; when they want to again.
    fn step(&mut self) -> Instant {
        if self.listens {
            while let Ok(event) = self.lane.try_recv() {
                self.told.push(event);
            }
        }
        let mut due = now() + Duration::from_secs(1);
        for seat in &mut self.seats {
            let present = now();
            let client = &mut seat.client;
            seat.pipe
                .receive(|from, datagram| client.handle_datagram(present, from, datagram));
            if client.deadline() <= present {
                client.handle_timeout(present);
            }
            while let Some(output) = client.poll_output() {
                match output {
                    Output::Transmit(transmit) => {
                        seat.pipe.send(transmit.destination, &transmit.contents);
                    }
                    Output::Event(event) => seat.events.push(event),
                }
            }
            due = due.min(client.deadline());
        }
        due
    }
}

pub fn take_turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
