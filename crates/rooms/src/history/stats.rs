//! What is counted of the history.

use greenroom_domain::participant::LeftReason;
use greenroom_domain::session::EndReason;

use super::book::Change;
use crate::stats::Counter;

/// Counters since the start, except those whose text says "now".
#[derive(Debug, Default)]
pub struct HistoryStats {
    /// Sessions that are active now.
    pub active: Counter,
    /// People who are in sessions now.
    pub present: Counter,
    /// Sessions that began.
    pub started: Counter,
    /// Sessions that ended, in the order of [`EndReason::ALL`].
    pub ended: [Counter; EndReason::ALL.len()],
    /// Times that somebody joined a session.
    pub joined: Counter,
    /// Times that somebody left one, in the order of [`LeftReason::ALL`].
    pub left: [Counter; LeftReason::ALL.len()],
    /// Changes that wait to be written now.
    pub waiting: Counter,
    /// Changes that could not be written.
    pub lost: Counter,
    /// Units of work that were written.
    pub writes: Counter,
    /// Microseconds that those took, the waiting for other writers included.
    pub write_micros: Counter,
    /// Writes that failed and were tried again.
    pub retries: Counter,
}

impl HistoryStats {
    pub(super) fn count(&self, change: &Change) {
        match change {
            Change::Started(_) => self.started.increment(),
            Change::Joined(_) => self.joined.increment(),
            Change::Changed { .. } => {}
            Change::Left { left, .. } => bump(&LeftReason::ALL, left.reason, &self.left),
            Change::Ended { ended, .. } => bump(&EndReason::ALL, ended.reason, &self.ended),
        }
    }
}

fn bump<T: PartialEq + Copy>(all: &[T], this: T, counters: &[Counter]) {
    let place = all.iter().position(|other| *other == this);
    if let Some(counter) = place.and_then(|place| counters.get(place)) {
        counter.increment();
    }
}
