//! One thread for many clients, each with a socket of its own, as browsers have them.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use greenroom_headless::{Client, Error, Event, Setup};
use mio::{Events, Interest, Poll, Token, Waker};

use super::peer::Peer;
use super::seat::{Loss, Seat};

/// Events that wait for a reader; what comes when it is full is not told. A leg that hears gets 50 a second.
const EVENTS: usize = 4096;
/// The token of the waker; clients count up from 0.
const WAKE: Token = Token(usize::MAX);
/// Sockets told about at once.
const READY: usize = 1024;
/// The longest that the thread waits when it has nothing to do.
const IDLE: Duration = Duration::from_secs(1);

/// What is done on the driver's thread, to the client of that number.
pub(super) type Act = Box<dyn FnOnce(&mut Client, Instant) + Send>;

/// The same for all clients at one moment.
type ActOnAll = Box<dyn FnOnce(&mut dyn Iterator<Item = &mut Client>) + Send>;

pub(super) enum Command {
    Add(usize, Box<Seat>),
    Act(usize, Act),
    /// From now on the client's path loses that much.
    Lose(usize, Loss),
    /// Something for every client, all at one moment.
    All(ActOnAll),
    Remove(usize),
    Stop,
}

/// A handle on the driver's thread.
#[derive(Clone)]
pub(super) struct Commands {
    sender: mpsc::Sender<Command>,
    waker: Arc<Waker>,
}

impl Commands {
    pub(super) fn send(&self, command: Command) {
        // A driver that is gone has no clients.
        if self.sender.send(command).is_ok() {
            let _ = self.waker.wake();
        }
    }
}

/// One thread that runs many clients; it ends when this is dropped, and its clients with it.
pub struct Driver {
    commands: Commands,
    local: IpAddr,
    epoch: Instant,
    next_id: AtomicUsize,
    next_seed: AtomicU64,
    thread: Option<JoinHandle<()>>,
}

impl Driver {
    /// Starts a thread for clients with sockets at that address of this machine.
    pub fn start(local: IpAddr) -> io::Result<Self> {
        Self::start_with_seed(local, 1)
    }

    /// The same with another start for what the clients draw.
    pub fn start_with_seed(local: IpAddr, seed: u64) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("headless".to_owned())
            .spawn(move || Loop::new(poll, receiver).run())?;
        Ok(Self {
            commands: Commands { sender, waker },
            local,
            epoch: now(),
            next_id: AtomicUsize::new(0),
            next_seed: AtomicU64::new(seed),
            thread: Some(thread),
        })
    }

    /// The moment that all its clients count send times from.
    pub const fn epoch(&self) -> Instant {
        self.epoch
    }

    /// Makes a client with a socket of its own; with it comes what `make` gives beside the client, its offer or
    /// answer.
    pub fn add<T>(
        &self,
        make: impl FnOnce(&Setup) -> Result<(Client, T), Error>,
    ) -> anyhow::Result<(Peer, T)> {
        let socket = UdpSocket::bind(SocketAddr::new(self.local, 0))?;
        socket.set_nonblocking(true)?;
        let setup = Setup {
            now: now(),
            epoch: self.epoch,
            local: socket.local_addr()?,
            seed: self.next_seed.fetch_add(1, Ordering::Relaxed),
        };
        let (client, description) = make(&setup)?;
        let (events, told) = tokio::sync::mpsc::channel::<Event>(EVENTS);
        let seat = Seat {
            client: Box::new(client),
            socket: mio::net::UdpSocket::from_std(socket),
            events,
            scheduled: None,
            loss: Loss::default(),
            random: fastrand::Rng::with_seed(setup.seed),
        };
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.commands.send(Command::Add(id, Box::new(seat)));
        let peer = Peer::new(id, setup.local, self.commands.clone(), told);
        Ok((peer, description))
    }
}

impl Driver {
    /// Goes over all clients at one moment, on their thread; what `step` has made of `start` in the end. It is to
    /// look, not to change what a client does.
    pub async fn fold<S: Send + 'static>(
        &self,
        start: S,
        step: impl Fn(&mut S, &mut Client) + Send + 'static,
    ) -> S {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.commands.send(Command::All(Box::new(move |clients| {
            let mut state = start;
            for client in clients {
                step(&mut state, client);
            }
            // Whoever asked may have gone.
            let _ = tell.send(state);
        })));
        told.await.expect("the driver's thread has ended")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // It has panicked if this fails; then whoever asked it something has seen that.
            let _ = thread.join();
        }
    }
}

/// The thread's own state.
struct Loop {
    poll: Poll,
    commands: mpsc::Receiver<Command>,
    seats: HashMap<usize, Box<Seat>>,
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
}

impl Loop {
    fn new(poll: Poll, commands: mpsc::Receiver<Command>) -> Self {
        Self {
            poll,
            commands,
            seats: HashMap::new(),
            timers: BinaryHeap::new(),
        }
    }

    fn run(mut self) {
        let mut events = Events::with_capacity(READY);
        loop {
            let next = self.timers.peek().map(|Reverse((due, _))| *due);
            let wait = next.map_or(IDLE, |due| due.saturating_duration_since(now()));
            // A signal cuts the waiting short; nothing else can be wrong with it.
            if self.poll.poll(&mut events, Some(wait)).is_err() {
                continue;
            }
            for event in &events {
                if event.token() == WAKE {
                    continue;
                }
                let id = event.token().0;
                if let Some(seat) = self.seats.get_mut(&id) {
                    seat.receive(now);
                    self.schedule(id);
                }
            }
            if !self.obey() {
                return;
            }
            self.fire();
        }
    }

    /// Does what was asked for; false at the end.
    fn obey(&mut self) -> bool {
        while let Ok(command) = self.commands.try_recv() {
            match command {
                Command::Add(id, mut seat) => {
                    let registry = self.poll.registry();
                    // A socket that cannot be watched hears nothing, and whoever waits for its client sees that.
                    let _ = registry.register(&mut seat.socket, Token(id), Interest::READABLE);
                    seat.give_out();
                    self.seats.insert(id, seat);
                    self.schedule(id);
                }
                Command::Act(id, act) => {
                    if let Some(seat) = self.seats.get_mut(&id) {
                        act(&mut seat.client, now());
                        seat.give_out();
                        self.schedule(id);
                    }
                }
                Command::Lose(id, loss) => {
                    if let Some(seat) = self.seats.get_mut(&id) {
                        seat.loss = loss;
                    }
                }
                Command::All(act) => {
                    act(&mut self.seats.values_mut().map(|seat| &mut *seat.client));
                }
                Command::Remove(id) => {
                    if let Some(mut seat) = self.seats.remove(&id) {
                        let _ = self.poll.registry().deregister(&mut seat.socket);
                    }
                }
                Command::Stop => return false,
            }
        }
        true
    }

    /// Lets time pass for those who wait for it.
    fn fire(&mut self) {
        let present = now();
        while let Some(Reverse((due, id))) = self.timers.peek().copied() {
            if due > present {
                return;
            }
            self.timers.pop();
            let Some(seat) = self.seats.get_mut(&id) else {
                continue;
            };
            if seat.scheduled != Some(due) {
                continue;
            }
            seat.scheduled = None;
            if seat.client.deadline() <= present {
                seat.client.handle_timeout(now());
                seat.give_out();
            }
            self.schedule(id);
        }
    }

    /// Sees to it that the client is called at its deadline.
    fn schedule(&mut self, id: usize) {
        if let Some(seat) = self.seats.get_mut(&id) {
            let deadline = seat.client.deadline();
            if seat.scheduled.is_none_or(|scheduled| deadline < scheduled) {
                seat.scheduled = Some(deadline);
                self.timers.push(Reverse((deadline, id)));
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "real sockets live in real time")]
pub(super) fn now() -> Instant {
    Instant::now()
}
