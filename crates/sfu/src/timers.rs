//! When which connection has something to do.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use crate::slab::Key;

/// A heap of deadlines. An entry is outdated once its connection has an earlier one; it is dropped
/// when its time comes.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, Key)>>,
}

impl Timers {
    /// Makes sure that a connection is looked at by then. `scheduled` is the connection's own note.
    pub(crate) fn schedule(&mut self, key: Key, due: Instant, scheduled: &mut Option<Instant>) {
        // A later deadline is found when the earlier one comes; it moves with almost every packet.
        if scheduled.is_none_or(|earlier| due < earlier) {
            *scheduled = Some(due);
            self.heap.push(Reverse((due, key)));
        }
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((due, _))| *due)
    }

    /// Takes out what is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Instant, Key)> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }
}
