//! One WebSocket connection as a pure state machine: frames and `now` in, frames, effects and a
//! deadline out. `docs/protocol.md` says what it promises.
//!
//! Whoever drives it calls one `handle_*` at a time, drains [`Outputs`] after each, and calls
//! [`Connection::handle_timeout`] when [`Connection::deadline`] has come. After
//! [`Output::Close`] it takes nothing and says nothing any more.

mod access;
mod open;
mod output;
mod session;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod house;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod situations;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use greenroom_domain::limits::{FRAME_MAX_BYTES, SESSION_TIMEOUT_SECS};
use greenroom_domain::{Entropy, Timestamp};
use greenroom_rooms::call::LineNews;

use crate::wire::SessionId;
use crate::{Gate, Room};

use open::{Moment, Open};
use output::Ending;
pub use output::{Close, Output, Outputs, SessionEnd};

/// What happens when the token of a session that got in expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenExpiry {
    /// The session ends, unless a newer token came in time.
    #[default]
    Close,
    /// The session stays until it leaves; no new one starts with that token.
    Keep,
}

/// The settings of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// What happens when the token expires.
    pub token_expiry: TokenExpiry,
    /// Seconds without a frame after which a session ends, and without a session after which the
    /// connection does.
    pub session_timeout_secs: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            token_expiry: TokenExpiry::default(),
            session_timeout_secs: SESSION_TIMEOUT_SECS,
        }
    }
}

/// What a socket can bring that is no frame of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// A binary frame.
    Binary,
    /// A frame larger than [`FRAME_MAX_BYTES`].
    TooLarge,
    /// Text that is not UTF-8.
    InvalidText,
    /// Anything else that RFC 6455 forbids.
    Protocol,
}

/// The state of one connection: the token it was last let in with, and its sessions.
pub struct Connection<G: Gate> {
    /// `None` once closed; all that the connection held is dropped with it.
    open: Option<Open<G>>,
}

impl<G: Gate> Connection<G> {
    /// A connection to `room` that has just been made.
    pub fn new(config: Config, room: Room, now: Timestamp) -> Self {
        Self {
            open: Some(Open::new(config, room, now)),
        }
    }

    /// Takes a text frame.
    pub fn handle_frame(
        &mut self,
        text: &str,
        now: Timestamp,
        gate: &G,
        entropy: &dyn Entropy,
        out: &mut Outputs,
    ) {
        if text.len() > FRAME_MAX_BYTES {
            self.handle_violation(Violation::TooLarge, out);
            return;
        }
        self.step(out, |open, out| {
            open.handle_frame(
                text,
                &mut Moment {
                    now,
                    gate,
                    entropy,
                    out,
                },
            )
        });
    }

    /// Takes what the room's call has to tell.
    pub fn handle_news(&mut self, news: LineNews, now: Timestamp, out: &mut Outputs) {
        self.step(out, |open, out| open.handle_news(news, now, out));
    }

    /// The room's call is over under this connection.
    pub fn handle_call_over(&mut self, out: &mut Outputs) {
        self.step(out, |_, _| ControlFlow::Break(Ending::call_over()));
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Timestamp, out: &mut Outputs) {
        self.step(out, |open, out| open.handle_timeout(now, out));
    }

    /// Something was revoked or a room was deleted: checks the pass again.
    pub fn handle_gate_change(&mut self, now: Timestamp, gate: &G, out: &mut Outputs) {
        self.step(out, |open, _| open.handle_gate_change(now, gate));
    }

    /// The peer broke the rules of the transport.
    pub fn handle_violation(&mut self, violation: Violation, out: &mut Outputs) {
        self.step(out, |_, _| ControlFlow::Break(Ending::violation(violation)));
    }

    /// The server is about to stop.
    pub fn handle_shutdown(&mut self, out: &mut Outputs) {
        self.step(out, |_, _| ControlFlow::Break(Ending::shutdown()));
    }

    /// The peer closed, or is gone: nothing can be sent any more.
    pub fn handle_disconnect(&mut self, out: &mut Outputs) {
        if let Some(open) = self.open.take() {
            open.end_sessions(SessionEnd::Disconnected, out);
        }
    }

    /// When [`Connection::handle_timeout`] is to be called next, if at all.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.open.as_ref().map(Open::deadline)
    }

    /// What a session was let in with, as long as it lasts.
    pub fn ticket(&self, session: SessionId) -> Option<&G::Ticket> {
        self.open.as_ref()?.ticket(session)
    }

    /// Whether it has closed.
    pub const fn is_closed(&self) -> bool {
        self.open.is_none()
    }

    /// Lets `act` change the open state, and closes if it says so.
    fn step(
        &mut self,
        out: &mut Outputs,
        act: impl FnOnce(&mut Open<G>, &mut Outputs) -> ControlFlow<Ending>,
    ) {
        let Some(open) = &mut self.open else {
            return;
        };
        let ControlFlow::Break(ending) = act(open, out) else {
            return;
        };
        if let Some(status) = ending.status {
            out.send(status.to_frame());
        }
        if let Some(open) = self.open.take() {
            open.end_sessions(ending.end, out);
        }
        out.push(Output::Close(ending.close));
    }
}
