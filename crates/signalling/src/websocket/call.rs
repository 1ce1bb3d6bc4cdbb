//! The connection's line to the call of its room.

use std::collections::VecDeque;
use std::future::Future;

use greenroom_domain::Timestamp;
use greenroom_rooms::call::{Line, LineSays, LineStep};

use crate::Gate;
use crate::wire::SessionId;

/// As long as more than this waits to be said, no news is listened to. One frame of the peer brings
/// one thing to say, and so does one text on a data channel, or two.
const LISTENS_UP_TO_WAITING: usize = 16;

/// The way from a gate to its room's call.
pub trait Calls: Gate {
    /// A line to it.
    type Line: CallLine;

    /// Opens a line for the session that holds `ticket`, and all others of its connection.
    fn open_line(&self, ticket: &Self::Ticket) -> Self::Line;
}

/// A line to a call. Dropping it ends all that its sessions had there.
pub trait CallLine: Send {
    /// As [`Line::step`].
    fn step(
        &mut self,
        waiting: &mut VecDeque<LineSays>,
        listen: bool,
    ) -> impl Future<Output = LineStep> + Send;

    /// As [`Line::note_heard`].
    fn note_heard(&self, now: Timestamp);
}

impl CallLine for Line {
    async fn step(&mut self, waiting: &mut VecDeque<LineSays>, listen: bool) -> LineStep {
        Self::step(self, waiting, listen).await
    }

    fn note_heard(&self, now: Timestamp) {
        Self::note_heard(self, now);
    }
}

/// The line, from the first time that there is something to say.
pub(super) struct Call<L> {
    line: Option<L>,
    waiting: VecDeque<LineSays>,
}

impl<L: CallLine> Call<L> {
    pub(super) const fn new() -> Self {
        Self {
            line: None,
            waiting: VecDeque::new(),
        }
    }

    /// Has it said when there is a place for it.
    pub(super) fn say(&mut self, says: LineSays, open: impl FnOnce() -> L) {
        self.line.get_or_insert_with(open);
        self.waiting.push_back(says);
    }

    /// A session has ended; who never said anything has nothing to end.
    pub(super) fn end_session(&mut self, session: SessionId) {
        if self.line.is_some() {
            let says = LineSays::SessionEnded(session.get());
            self.waiting.push_back(says);
        }
    }

    /// Whether something waits to be said.
    pub(super) fn has_more_to_say(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn note_heard(&self, now: Timestamp) {
        if let Some(line) = &self.line {
            line.note_heard(now);
        }
    }

    /// Drops the line.
    pub(super) fn hang_up(&mut self) {
        self.line = None;
        self.waiting = VecDeque::new();
    }

    /// The next that happens on the line. Cancel safe.
    pub(super) async fn step(&mut self, listen: bool) -> LineStep {
        let listen = listen && self.waiting.len() <= LISTENS_UP_TO_WAITING;
        match &mut self.line {
            Some(line) => line.step(&mut self.waiting, listen).await,
            None => std::future::pending().await,
        }
    }
}
