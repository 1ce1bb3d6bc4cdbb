//! The WebSocket around a [`Connection`]: the only part of this crate that knows a socket, waits or
//! is asynchronous.
//!
//! One loop per connection does one thing at a time: either something that cannot wait (shutdown,
//! a change at the gate, a deadline), or talking to the room's call, or writing what is to be sent,
//! or, only when all of that is sent and the call has been asked, reading the next frame. So a peer
//! that does not read is not read either, and what is kept for it is the answer to one frame and a
//! bounded number of the call's news; what is beyond that waits in the call's lane, which has a
//! bound of its own.

mod call;
mod line;

use std::future::{Future, pending};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use greenroom_domain::limits::FRAME_MAX_BYTES;
use greenroom_domain::{Clock, Entropy, FamilyId, Timestamp};
use greenroom_rooms::call::{LineSays, LineStep};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::connection::{SessionEnd, Violation};
use crate::wire::SessionId;
use crate::{Connection, Output, Outputs};

use call::Call;
pub use call::{CallLine, Calls};
use line::{Line, LineEvent};

/// The subprotocol that a client has to offer, and that is answered.
pub const SUBPROTOCOL: &str = "janus-protocol";

/// The read buffer of a socket, in bytes. It is there for the whole life of a connection, most of
/// which is idle. Most frames are a token and a few words, about 1 KiB; a larger one takes several
/// reads.
const READ_BUFFER_BYTES: usize = 2 * 1024;

/// Most that is kept for a peer inside the socket, in bytes, and so the largest frame that is sent:
/// a list of every stream that a full room can hold, each with the longest display.
const WRITE_BUFFER_MAX_BYTES: usize = 8 * 1024 * 1024;

/// As long as more frames than this wait to be written, no further news of the call is taken.
const NEWS_TAKEN_UP_TO_FRAMES: usize = 64;

/// Silence after which a ping is sent, so that who has no media is known to live: soon enough for the
/// answer to come within [`SILENCE_MAX_SECS`](greenroom_domain::limits::SILENCE_MAX_SECS).
const PING_AFTER_SECS: i64 = 5;

/// How long the closing handshake may take.
const CLOSING_MAX_SECS: i64 = 3;

/// How long a socket that can only be written to stays open behind its close frame. Closing at
/// once would reset it, as there is unread data, and the peer might never see the close frame.
const LINGER_SECS: i64 = 1;

/// Whether a request offers the one subprotocol that is spoken here.
pub fn offers_subprotocol(headers: &HeaderMap) -> bool {
    headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|offer| offer.trim_ascii() == SUBPROTOCOL.as_bytes())
}

/// Sets the subprotocol and the bounds of the socket.
pub fn configure(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .protocols([SUBPROTOCOL])
        .max_frame_size(FRAME_MAX_BYTES)
        .max_message_size(FRAME_MAX_BYTES)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_MAX_BYTES)
}

/// Tells that something changed that passes depend on: a revocation, a deleted room.
pub trait GateChanges: Send {
    /// Waits for the next change; missing one because another came meanwhile is fine.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;
}

impl<T: Send + Sync> GateChanges for watch::Receiver<T> {
    async fn changed(&mut self) {
        // Without a sender there are no changes any more.
        if Self::changed(self).await.is_err() {
            pending::<()>().await;
        }
    }
}

/// Hears what happens to sessions.
pub trait Observer: Sync {
    /// A session has begun, with a token of that family.
    fn session_opened(&self, _session: SessionId, _family: FamilyId, _now: Timestamp) {}
    /// A session has a token of another family now.
    fn family_changed(&self, _session: SessionId, _family: FamilyId, _now: Timestamp) {}
    /// A session has ended.
    fn session_closed(&self, _session: SessionId, _end: SessionEnd, _now: Timestamp) {}
}

impl Observer for () {}

/// What a connection needs of the world around it.
pub struct World<'a, G, C, O = ()> {
    /// The door of its room.
    pub gate: &'a G,
    /// When to look at the door again.
    pub changes: C,
    /// The present.
    pub clock: &'a dyn Clock,
    /// Where ids come from.
    pub entropy: &'a dyn Entropy,
    /// Cancelled when the server stops.
    pub shutdown: CancellationToken,
    /// Hears of sessions.
    pub observer: &'a O,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The server closed it with this code.
    ByServer(u16),
    /// The peer closed it; 1005 if without a code.
    ByPeer(u16),
    /// It broke, or the peer did not read any more.
    Lost,
}

/// Runs a connection until its socket is closed.
///
/// What is returned holds the connection once; an `async fn` would hold it three times over, as
/// argument, as local and in the loop, for as long as it is idle.
pub fn run<G, C, O>(
    socket: WebSocket,
    connection: Connection<G>,
    world: World<'_, G, C, O>,
) -> impl Future<Output = Closed>
where
    G: Calls,
    C: GateChanges,
    O: Observer,
{
    let now = world.clock.now();
    let mut driver = Driver {
        line: Line::new(socket),
        call: Call::new(),
        connection,
        world,
        outputs: Outputs::new(),
        heard_at: now,
        pinged: false,
        closing: None,
    };
    async move { driver.run().await }
}

struct Driver<'a, G: Calls, C, O> {
    line: Line,
    call: Call<G::Line>,
    connection: Connection<G>,
    world: World<'a, G, C, O>,
    outputs: Outputs,
    /// When the peer was last heard of, in whatever way.
    heard_at: Timestamp,
    /// Whether it was pinged since.
    pinged: bool,
    closing: Option<Closing>,
}

/// A closing handshake.
#[derive(Debug, Clone, Copy)]
struct Closing {
    as_what: Closed,
    until: Timestamp,
}

enum Event {
    Shutdown,
    GateChanged,
    Timer,
    Call(LineStep),
    Line(LineEvent),
}

impl<G: Calls, C: GateChanges, O: Observer> Driver<'_, G, C, O> {
    async fn run(&mut self) -> Closed {
        loop {
            let event = self.next_event().await;
            let now = self.world.clock.now();
            if let Some(closed) = self.handle(event, now) {
                self.connection.handle_disconnect(&mut self.outputs);
                self.drain(now);
                return closed;
            }
        }
    }

    async fn next_event(&mut self) -> Event {
        let now = self.world.clock.now();
        let wait = self.wake_at().map(|at| {
            Duration::from_micros(u64::try_from(at.micros_since(now)).unwrap_or_default())
        });
        let open = self.closing.is_none();
        tokio::select! {
            biased;
            () = self.world.shutdown.cancelled(), if open => Event::Shutdown,
            () = self.world.changes.changed(), if open => Event::GateChanged,
            () = pause(wait) => Event::Timer,
            event = talk(&mut self.call, &mut self.line) => event,
        }
    }

    /// Takes an event; tells when all is over.
    fn handle(&mut self, event: Event, now: Timestamp) -> Option<Closed> {
        match event {
            Event::Shutdown => self.connection.handle_shutdown(&mut self.outputs),
            Event::GateChanged => {
                // Who was thrown out sees that before it sees that its token is revoked.
                self.hear_call_out(usize::MAX, now);
                self.connection
                    .handle_gate_change(now, self.world.gate, &mut self.outputs);
            }
            Event::Timer => {
                if let Some(closed) = self.do_what_is_due(now) {
                    return Some(closed);
                }
            }
            Event::Call(LineStep::Said) | Event::Line(LineEvent::Written) => {}
            Event::Call(LineStep::News(news)) => {
                self.connection.handle_news(news, now, &mut self.outputs);
            }
            Event::Call(LineStep::Over) => self.connection.handle_call_over(&mut self.outputs),
            Event::Line(LineEvent::Received(message)) => {
                self.heard_at = now;
                self.pinged = false;
                self.call.note_heard(now);
                self.hear_call_out(NEWS_TAKEN_UP_TO_FRAMES, now);
                self.receive(message, now);
            }
            Event::Line(LineEvent::Ended(violation)) => {
                if let Some(closed) = self.ended(violation, now) {
                    return Some(closed);
                }
            }
        }
        self.drain(now);
        let is_lost = self.closing.is_none() && self.line.is_overfull();
        is_lost.then_some(Closed::Lost)
    }

    /// Takes what the call has told already, up to so much. The lane in which it waits is bounded.
    fn hear_call_out(&mut self, news_max: usize, now: Timestamp) {
        for _ in 0..news_max {
            let Some(news) = self.call.try_next() else {
                return;
            };
            self.connection.handle_news(news, now, &mut self.outputs);
            self.drain(now);
        }
    }

    fn receive(&mut self, message: Message, now: Timestamp) {
        match message {
            Message::Text(text) => self.connection.handle_frame(
                text.as_str(),
                now,
                self.world.gate,
                self.world.entropy,
                &mut self.outputs,
            ),
            Message::Binary(_) => self
                .connection
                .handle_violation(Violation::Binary, &mut self.outputs),
            Message::Close(frame) => {
                // The socket answers it by itself, with the same code.
                self.connection.handle_disconnect(&mut self.outputs);
                let code = frame.map_or(1005, |frame| frame.code);
                self.close_as(Closed::ByPeer(code), now);
            }
            // Pings are answered by the socket itself.
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }

    /// Nothing can be read any more.
    fn ended(&mut self, violation: Option<Violation>, now: Timestamp) -> Option<Closed> {
        let (None, Some(violation)) = (self.closing, violation) else {
            return Some(self.closing.map_or(Closed::Lost, |closing| closing.as_what));
        };
        self.connection
            .handle_violation(violation, &mut self.outputs);
        self.drain(now);
        if let Some(closing) = &mut self.closing {
            closing.until = now.saturating_add_secs(LINGER_SECS);
        }
        None
    }

    /// Does what the connection wants done.
    fn drain(&mut self, now: Timestamp) {
        while let Some(output) = self.outputs.poll() {
            match output {
                Output::Send(frame) => self.line.push(Message::Text(frame.into()), now),
                Output::Ping => self.ping(now),
                Output::Close(close) => {
                    let frame = CloseFrame {
                        code: close.code,
                        reason: close.reason.into(),
                    };
                    self.line.push(Message::Close(Some(frame)), now);
                    self.close_as(Closed::ByServer(close.code), now);
                }
                Output::Ask {
                    handle,
                    transaction,
                    ask,
                } => {
                    let session = SessionId::from_wire(handle.session);
                    if let Some(ticket) = self.connection.ticket(session) {
                        let says = LineSays::Ask(handle, transaction, ask);
                        self.call.say(says, || self.world.gate.open_line(ticket));
                    }
                }
                Output::SessionOpened(id, family) => {
                    self.call.add_family(id, family);
                    self.world.observer.session_opened(id, family, now);
                }
                Output::FamilyChanged(id, family) => {
                    self.call.add_family(id, family);
                    self.world.observer.family_changed(id, family, now);
                }
                Output::SessionClosed(id, end) => {
                    self.call.end_session(id, end);
                    self.world.observer.session_closed(id, end, now);
                }
            }
        }
        if self.connection.is_closed() {
            self.call.hang_up();
        }
    }

    fn close_as(&mut self, as_what: Closed, now: Timestamp) {
        let until = now.saturating_add_secs(CLOSING_MAX_SECS);
        self.closing.get_or_insert(Closing { as_what, until });
    }

    fn ping_at(&self) -> Timestamp {
        self.heard_at.saturating_add_secs(PING_AFTER_SECS)
    }

    fn wake_at(&self) -> Option<Timestamp> {
        if let Some(closing) = self.closing {
            return Some(closing.until);
        }
        let ping = (!self.pinged).then(|| self.ping_at());
        let due = [self.connection.deadline(), ping, self.line.stuck_at()];
        due.into_iter().flatten().min()
    }

    /// Does what is due; tells when there is nothing left to wait for.
    fn do_what_is_due(&mut self, now: Timestamp) -> Option<Closed> {
        if let Some(closing) = self.closing {
            return (now >= closing.until).then_some(closing.as_what);
        }
        self.connection.handle_timeout(now, &mut self.outputs);
        self.drain(now);
        if self.closing.is_some() {
            return None;
        }
        if self.line.stuck_at().is_some_and(|stuck| now >= stuck) {
            return Some(Closed::Lost);
        }
        if !self.pinged && now >= self.ping_at() {
            self.ping(now);
        }
        None
    }

    fn ping(&mut self, now: Timestamp) {
        self.pinged = true;
        self.line.push(Message::Ping(Bytes::new()), now);
    }
}

/// Talks to the call and the peer, whoever is ready first; neither can keep the other waiting for
/// long.
async fn talk<L: CallLine>(call: &mut Call<L>, line: &mut Line) -> Event {
    let listen = line.waiting_frames() <= NEWS_TAKEN_UP_TO_FRAMES;
    let read = !call.has_more_to_say();
    tokio::select! {
        step = call.step(listen) => Event::Call(step),
        event = line.next(read) => Event::Line(event),
    }
}

/// Waits; for ever if there is nothing to wait for.
async fn pause(wait: Option<Duration>) {
    match wait {
        // A timer takes up to a millisecond even for nothing; a peer that sends faster than that must
        // not put off what is due.
        Some(Duration::ZERO) => {}
        Some(wait) => sleep(wait).await,
        None => pending().await,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge: it waits for the deadlines of the pure part"
)]
async fn sleep(wait: Duration) {
    tokio::time::sleep(wait).await;
}
