//! A door on a loopback socket, with a clock that stands still until it is moved.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::extract::{State, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use greenroom_domain::participant::LeftReason;
use greenroom_domain::{Clock, Entropy, FamilyId, Timestamp};
use greenroom_rooms::call::{LineNews, LineSays, LineStep};
use greenroom_signalling::connection::SessionEnd;
use greenroom_signalling::websocket::{self, CallLine, Calls, Closed, Observer, World};
use greenroom_signalling::wire::SessionId;
use greenroom_signalling::{Config, Connection, Gate, Refusal, Room};
use tokio::net::TcpSocket;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

const START: Timestamp = Timestamp::from_unix_secs(1_700_000_000);

/// The one token that is good, for 600 s.
pub const TOKEN: &str = "good";

/// Asks that a scripted call takes before somebody looks at them.
const ASKS_MAX: usize = 2;

/// News that a scripted call has told and nobody has taken.
const NEWS_MAX: usize = 4_096;

/// The test's end of a line.
pub struct Call {
    /// What is said on the line.
    pub said: mpsc::Receiver<LineSays>,
    /// What it is told.
    pub news: mpsc::Sender<LineNews>,
    /// Why it was dropped.
    pub why_dropped: Arc<OnceLock<LeftReason>>,
}

/// The connection's end of it.
struct ScriptedLine {
    says: mpsc::Sender<LineSays>,
    news: mpsc::Receiver<LineNews>,
    why_dropped: Arc<OnceLock<LeftReason>>,
}

impl CallLine for ScriptedLine {
    async fn step(&mut self, waiting: &mut VecDeque<LineSays>, listen: bool) -> LineStep {
        tokio::select! {
            place = self.says.reserve(), if !waiting.is_empty() => match place {
                Ok(place) => {
                    place.send(waiting.pop_front().unwrap());
                    LineStep::Said
                }
                Err(_) => LineStep::Over,
            },
            news = self.news.recv(), if listen => news.map_or(LineStep::Over, LineStep::News),
            else => std::future::pending().await,
        }
    }

    fn try_next(&mut self) -> Option<LineNews> {
        self.news.try_recv().ok()
    }

    fn note_heard(&self, _now: Timestamp) {}

    fn hang_up(self, why: LeftReason) {
        self.why_dropped.set(why).unwrap();
    }
}

#[derive(Debug)]
struct Surroundings {
    elapsed_secs: AtomicI64,
    room_gone: AtomicBool,
    revoked: AtomicBool,
    inside: Arc<()>,
    ends: Mutex<Vec<SessionEnd>>,
    lines: mpsc::UnboundedSender<Call>,
}

impl Clock for Surroundings {
    fn now(&self) -> Timestamp {
        START.saturating_add_secs(self.elapsed_secs.load(Ordering::SeqCst))
    }
}

impl Entropy for Surroundings {
    fn fill(&self, out: &mut [u8]) {
        // The first id of every connection is 1.
        out.fill(0);
    }
}

impl Gate for Surroundings {
    type Pass = ();
    type Ticket = Arc<()>;

    fn admit(&self, token: &str, now: Timestamp) -> Result<(), Refusal> {
        if token != TOKEN || now >= self.expires_at(&()) {
            return Err(Refusal::Unauthorized);
        }
        self.recheck(&(), now)
    }

    fn recheck(&self, _pass: &(), _now: Timestamp) -> Result<(), Refusal> {
        if self.room_gone.load(Ordering::SeqCst) {
            return Err(Refusal::RoomGone);
        }
        if self.revoked.load(Ordering::SeqCst) {
            return Err(Refusal::Forbidden);
        }
        Ok(())
    }

    fn expires_at(&self, _pass: &()) -> Timestamp {
        START.saturating_add_secs(600)
    }

    fn family(&self, _pass: &()) -> FamilyId {
        family()
    }

    fn same_bearer(&self, _old: &(), _new: &()) -> bool {
        true
    }

    fn open_session(&self, _pass: &(), _now: Timestamp) -> Result<Arc<()>, Refusal> {
        Ok(Arc::clone(&self.inside))
    }
}

impl Calls for Surroundings {
    type Line = ScriptedLine;

    fn open_line(&self, _ticket: &Arc<()>) -> ScriptedLine {
        let (says, said) = mpsc::channel(ASKS_MAX);
        let (news_told, news) = mpsc::channel(NEWS_MAX);
        let why_dropped = Arc::<OnceLock<LeftReason>>::default();
        let call = Call {
            said,
            news: news_told,
            why_dropped: Arc::clone(&why_dropped),
        };
        self.lines.send(call).unwrap();
        ScriptedLine {
            says,
            news,
            why_dropped,
        }
    }
}

impl Observer for Surroundings {
    fn session_closed(&self, _: SessionId, end: SessionEnd, _: Timestamp) {
        self.ends.lock().unwrap().push(end);
    }
}

/// The family of the token.
pub fn family() -> FamilyId {
    "00000000-0000-4000-8000-000000000001".parse().unwrap()
}

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    world: Arc<Surroundings>,
    changes: watch::Sender<()>,
    shutdown: CancellationToken,
    closed: mpsc::UnboundedReceiver<Closed>,
    lines: mpsc::UnboundedReceiver<Call>,
}

#[derive(Clone)]
struct Door {
    config: Config,
    world: Arc<Surroundings>,
    changes: watch::Receiver<()>,
    shutdown: CancellationToken,
    closed: mpsc::UnboundedSender<Closed>,
}

async fn upgrade(State(door): State<Door>, upgrade: WebSocketUpgrade) -> Response {
    websocket::configure(upgrade).on_upgrade(move |socket| async move {
        let room = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0".parse().unwrap();
        let connection = Connection::new(door.config, Room::new(room), door.world.now());
        let world = World {
            gate: &*door.world,
            changes: door.changes,
            clock: &*door.world,
            entropy: &*door.world,
            shutdown: door.shutdown,
            observer: &*door.world,
        };
        let closed = websocket::run(socket, connection, world).await;
        door.closed.send(closed).ok();
    })
}

impl Server {
    pub fn start() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        let (lines_opened, lines) = mpsc::unbounded_channel();
        let world = Arc::new(Surroundings {
            elapsed_secs: AtomicI64::default(),
            room_gone: AtomicBool::default(),
            revoked: AtomicBool::default(),
            inside: Arc::default(),
            ends: Mutex::default(),
            lines: lines_opened,
        });
        let (changes, changes_seen) = watch::channel(());
        let (closed_told, closed) = mpsc::unbounded_channel();
        let shutdown = CancellationToken::new();
        let door = Door {
            config,
            world: Arc::clone(&world),
            changes: changes_seen,
            shutdown: shutdown.clone(),
            closed: closed_told,
        };
        let socket = TcpSocket::new_v4().unwrap();
        // Small, so that a peer that does not read is noticed after a few KiB.
        socket.set_send_buffer_size(4_096).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(16).unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/janus", any(upgrade)).with_state(door);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            address,
            world,
            changes,
            shutdown,
            closed,
            lines,
        }
    }

    /// The next line that is opened.
    pub async fn line(&mut self) -> Call {
        self.lines.recv().await.unwrap()
    }

    /// Whether no line has been opened.
    pub fn has_no_line(&mut self) -> bool {
        self.lines.try_recv().is_err()
    }

    /// Moves the clock, and wakes the connections up so that they see it.
    pub fn pass(&self, secs: i64) {
        self.world.elapsed_secs.fetch_add(secs, Ordering::SeqCst);
        self.changes.send_replace(());
    }

    pub fn delete_room(&self) {
        self.world.room_gone.store(true, Ordering::SeqCst);
        self.changes.send_replace(());
    }

    /// Revokes the token.
    pub fn revoke(&self) {
        self.world.revoked.store(true, Ordering::SeqCst);
        self.changes.send_replace(());
    }

    pub fn stop(&self) {
        self.shutdown.cancel();
    }

    /// How many sessions have a place.
    pub fn inside(&self) -> usize {
        Arc::strong_count(&self.world.inside) - 1
    }

    /// Waits for a connection to end.
    pub async fn closed(&mut self) -> Closed {
        self.closed.recv().await.unwrap()
    }

    /// Whether a connection has ended.
    pub fn has_closed(&mut self) -> Option<Closed> {
        self.closed.try_recv().ok()
    }

    /// How sessions ended, in order.
    pub fn ends(&self) -> Vec<SessionEnd> {
        self.world.ends.lock().unwrap().clone()
    }
}
