//! The connection's line to the call of its room.

use std::collections::VecDeque;
use std::future::Future;

use greenroom_domain::participant::LeftReason;
use greenroom_domain::{FamilyId, Timestamp};
use greenroom_rooms::call::{Line, LineNews, LineSays, LineStep};

use crate::Gate;
use crate::connection::SessionEnd;
use crate::wire::SessionId;

/// As long as more than this waits to be said, no news is listened to. One frame of the peer brings
/// one thing to say, and so does one text on a data channel, or two; a token of another family brings
/// one more for each session.
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

    /// As [`Line::try_next`].
    fn try_next(&mut self) -> Option<LineNews>;

    /// As [`Line::note_heard`].
    fn note_heard(&self, now: Timestamp);

    /// As [`Line::hang_up`].
    fn hang_up(self, why: LeftReason);
}

impl CallLine for Line {
    async fn step(&mut self, waiting: &mut VecDeque<LineSays>, listen: bool) -> LineStep {
        Self::step(self, waiting, listen).await
    }

    fn try_next(&mut self) -> Option<LineNews> {
        Self::try_next(self)
    }

    fn note_heard(&self, now: Timestamp) {
        Self::note_heard(self, now);
    }

    fn hang_up(self, why: LeftReason) {
        Self::hang_up(self, why);
    }
}

/// The line, from the first time that there is something to say.
pub(super) struct Call<L> {
    line: Option<L>,
    waiting: VecDeque<LineSays>,
    /// Which family's token each session had last, as long as there is no line to say it on.
    families: Vec<(u64, FamilyId)>,
    /// How the last session ended that did.
    last_end: Option<SessionEnd>,
}

impl<L: CallLine> Call<L> {
    pub(super) const fn new() -> Self {
        Self {
            line: None,
            waiting: VecDeque::new(),
            families: Vec::new(),
            last_end: None,
        }
    }

    /// Has it said when there is a place for it.
    pub(super) fn say(&mut self, says: LineSays, open: impl FnOnce() -> L) {
        if self.line.is_none() {
            self.line = Some(open());
            let families = self.families.drain(..);
            let said = families.map(|(session, family)| LineSays::Family(session, family));
            self.waiting.extend(said);
        }
        self.waiting.push_back(says);
    }

    /// A session has a token of that family.
    pub(super) fn add_family(&mut self, session: SessionId, family: FamilyId) {
        let session = session.get();
        if self.line.is_some() {
            self.waiting.push_back(LineSays::Family(session, family));
            return;
        }
        self.families.retain(|(other, _)| *other != session);
        self.families.push((session, family));
    }

    /// A session has ended; who never said anything has nothing to end.
    pub(super) fn end_session(&mut self, session: SessionId, end: SessionEnd) {
        self.last_end = Some(end);
        if self.line.is_some() {
            let says = LineSays::SessionEnded(session.get(), end.left_reason());
            self.waiting.push_back(says);
        }
        self.families.retain(|(other, _)| *other != session.get());
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
        if let Some(line) = self.line.take() {
            let why = self.last_end.map(SessionEnd::left_reason);
            line.hang_up(why.unwrap_or(LeftReason::Left));
        }
        self.waiting = VecDeque::new();
    }

    /// What the call has told already and was not taken yet.
    pub(super) fn try_next(&mut self) -> Option<LineNews> {
        self.line.as_mut()?.try_next()
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
