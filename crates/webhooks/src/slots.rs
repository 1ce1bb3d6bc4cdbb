//! Which rooms may deliver now: one event of a room at a time, a bounded number to one receiver and in all.
//! Receivers take turns, so that one which hangs has its own slots full and nobody else's.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use greenroom_domain::RoomId;

/// Bounds of deliveries under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// To one receiver at a time.
    pub per_receiver_max: usize,
    /// In all.
    pub in_all_max: usize,
    /// Rooms that are known to wait for a slot. Further ones wait in the store.
    pub waiting_max: usize,
}

/// As a server has them. A receiver that answers in 50 ms takes 300 events a second; it needs eight that hang to
/// stop the others. A waiting room takes some 100 bytes.
impl Default for Bounds {
    fn default() -> Self {
        Self {
            per_receiver_max: 16,
            in_all_max: 128,
            waiting_max: 50_000,
        }
    }
}

/// Rooms that deliver or wait to.
#[derive(Debug, Default)]
pub struct Slots {
    bounds: Bounds,
    rooms: HashMap<RoomId, Place>,
    receivers: HashMap<Arc<str>, Receiver>,
    /// Receivers with a room that waits and a slot that is free, in turn.
    ready: VecDeque<Arc<str>>,
    sending: usize,
}

#[derive(Debug)]
struct Place {
    receiver: Arc<str>,
    sending: bool,
}

#[derive(Debug, Default)]
struct Receiver {
    waiting: VecDeque<RoomId>,
    sending: usize,
    /// Whether it stands in the queue of those that are ready.
    is_ready: bool,
}

impl Slots {
    /// No room so far.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            ..Self::default()
        }
    }

    /// How many rooms deliver or wait.
    pub fn known(&self) -> usize {
        self.rooms.len()
    }

    /// Whether a room delivers or waits.
    pub fn knows(&self, room: RoomId) -> bool {
        self.rooms.contains_key(&room)
    }

    /// Whether no further room can wait.
    pub fn is_full(&self) -> bool {
        self.rooms.len() - self.sending >= self.bounds.waiting_max
    }

    /// A room waits for a slot of `receiver`. Passed over if it is known already or no further room can wait.
    pub fn wait(&mut self, room: RoomId, receiver: &str) {
        if self.is_full() || self.knows(room) {
            return;
        }
        let receiver: Arc<str> = match self.receivers.get_key_value(receiver) {
            Some((known, _)) => Arc::clone(known),
            None => receiver.into(),
        };
        self.rooms.insert(
            room,
            Place {
                receiver: Arc::clone(&receiver),
                sending: false,
            },
        );
        let queue = self.receivers.entry(Arc::clone(&receiver)).or_default();
        queue.waiting.push_back(room);
        self.make_ready(&receiver);
    }

    /// The next room that may deliver. It holds a slot until it is [`done`](Self::done).
    pub fn start(&mut self) -> Option<RoomId> {
        if self.sending >= self.bounds.in_all_max {
            return None;
        }
        let name = self.ready.pop_front()?;
        let receiver = self.receivers.get_mut(&name)?;
        receiver.is_ready = false;
        let room = receiver.waiting.pop_front()?;
        receiver.sending += 1;
        self.sending += 1;
        if let Some(place) = self.rooms.get_mut(&room) {
            place.sending = true;
        }
        self.make_ready(&name);
        Some(room)
    }

    /// A room that [`start`](Self::start) gave has delivered, or not; its slot is free.
    pub fn done(&mut self, room: RoomId) {
        let Entry::Occupied(place) = self.rooms.entry(room) else {
            return;
        };
        if !place.get().sending {
            return;
        }
        let name = place.remove().receiver;
        self.sending -= 1;
        let Some(receiver) = self.receivers.get_mut(&name) else {
            return;
        };
        receiver.sending -= 1;
        if receiver.sending == 0 && receiver.waiting.is_empty() {
            self.receivers.remove(&name);
        } else {
            self.make_ready(&name);
        }
    }

    fn make_ready(&mut self, name: &Arc<str>) {
        let Some(receiver) = self.receivers.get_mut(name) else {
            return;
        };
        let may_go =
            !receiver.waiting.is_empty() && receiver.sending < self.bounds.per_receiver_max;
        if may_go && !receiver.is_ready {
            receiver.is_ready = true;
            self.ready.push_back(Arc::clone(name));
        }
    }
}

#[cfg(test)]
mod tests;
