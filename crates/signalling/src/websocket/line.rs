//! The socket as a line that is either written or read, never both at once.

use std::collections::VecDeque;
use std::error::Error;
use std::future::poll_fn;
use std::pin::Pin;

use axum::extract::ws::{Message, WebSocket};
use futures_util::{Sink, SinkExt};
use greenroom_domain::Timestamp;
use tungstenite::error::{CapacityError, Error as SocketError, ProtocolError};

use crate::connection::Violation;

/// Most frames that wait to be written; a connection that has more to say is lost. A peer is not
/// read while something waits, and the call is not listened to while much does, so that it takes
/// a fault of ours to get here.
const WAITING_MAX_FRAMES: usize = 256;

/// A peer that takes nothing for so long is gone.
const STUCK_AFTER_SECS: i64 = 10;

pub(super) struct Line {
    socket: WebSocket,
    waiting: VecDeque<Message>,
    /// Whether the socket has something that it was given and has not sent.
    unflushed: bool,
    /// Since when there was something to write without a pause.
    writing_since: Option<Timestamp>,
    readable: bool,
}

pub(super) enum LineEvent {
    /// All that was to be written is written.
    Written,
    /// A message came.
    Received(Message),
    /// Nothing more can be read, for this reason if the peer is to blame.
    Ended(Option<Violation>),
}

impl Line {
    pub(super) const fn new(socket: WebSocket) -> Self {
        Self {
            socket,
            waiting: VecDeque::new(),
            unflushed: false,
            writing_since: None,
            readable: true,
        }
    }

    /// Gives it a message to write.
    pub(super) fn push(&mut self, message: Message, now: Timestamp) {
        self.waiting.push_back(message);
        self.writing_since.get_or_insert(now);
    }

    /// How much waits to be written.
    pub(super) fn waiting_frames(&self) -> usize {
        self.waiting.len()
    }

    /// Whether more waits than should.
    pub(super) fn is_overfull(&self) -> bool {
        self.waiting.len() > WAITING_MAX_FRAMES
    }

    /// When a peer that still has not taken anything is taken for gone.
    pub(super) fn stuck_at(&self) -> Option<Timestamp> {
        self.writing_since
            .map(|since| since.saturating_add_secs(STUCK_AFTER_SECS))
    }

    /// Writes what waits, or reads if nothing does and it is to `read`. Nothing is lost if it is not
    /// waited for.
    pub(super) async fn next(&mut self, read: bool) -> LineEvent {
        if self.unflushed || !self.waiting.is_empty() {
            return match self.write().await {
                Ok(()) => LineEvent::Written,
                Err(_) => self.end(None),
            };
        }
        if !(self.readable && read) {
            return std::future::pending().await;
        }
        match self.socket.recv().await {
            Some(Ok(message)) => LineEvent::Received(message),
            Some(Err(error)) => self.end(blame(&error)),
            None => self.end(None),
        }
    }

    async fn write(&mut self) -> Result<(), axum::Error> {
        while !self.waiting.is_empty() {
            poll_fn(|cx| Pin::new(&mut self.socket).poll_ready(cx)).await?;
            if let Some(message) = self.waiting.pop_front() {
                self.unflushed = true;
                Pin::new(&mut self.socket).start_send(message)?;
            }
        }
        self.socket.flush().await?;
        self.unflushed = false;
        self.writing_since = None;
        Ok(())
    }

    fn end(&mut self, violation: Option<Violation>) -> LineEvent {
        self.readable = false;
        LineEvent::Ended(violation)
    }
}

/// What the peer did wrong, if it was the peer.
fn blame(error: &axum::Error) -> Option<Violation> {
    let error = error.source()?.downcast_ref::<SocketError>()?;
    if matches!(
        error,
        SocketError::Capacity(CapacityError::MessageTooLong { .. })
    ) {
        return Some(Violation::TooLarge);
    }
    if matches!(error, SocketError::Utf8(_)) {
        return Some(Violation::InvalidText);
    }
    let SocketError::Protocol(broken) = error else {
        return None;
    };
    (*broken != ProtocolError::ResetWithoutClosingHandshake).then_some(Violation::Protocol)
}
