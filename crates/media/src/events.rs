//! A room's events on their way out of its shard. The shard never waits for a room.
//!
//! While the room is slow, its events are kept here. They are few: of each connection one that it
//! came up, one that it ended, of each of its tracks one that it began, and who talks, of which only
//! the latest counts. Only text can come without end, and has a bound of its own: a connection that goes beyond it is ended.

use std::collections::VecDeque;

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::event::MediaEvent;

/// Events that wait for the room to take them: more than a full room makes in a second.
pub(crate) const EVENTS_MAX: usize = 256;

/// Text kept for a slow room, in bytes: a burst of 16 of the longest messages.
const TEXT_KEPT_MAX_BYTES: usize = 1024 * 1024;

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It is on its way, or kept.
    Yes,
    /// There is no place for more text of this connection: it has to end.
    TextOverrun,
}

/// The way to one room.
#[derive(Debug)]
pub(crate) struct RoomEvents {
    lane: Sender<MediaEvent>,
    kept: VecDeque<MediaEvent>,
    text_kept_bytes: usize,
}

impl RoomEvents {
    pub(crate) const fn new(lane: Sender<MediaEvent>) -> Self {
        Self {
            lane,
            kept: VecDeque::new(),
            text_kept_bytes: 0,
        }
    }

    /// Whether events are kept, so that [`retry`](Self::retry) is due before long.
    pub(crate) fn is_behind(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Tells the room something.
    pub(crate) fn tell(&mut self, event: MediaEvent) -> Told {
        if self.kept.is_empty() {
            return match self.lane.try_send(event) {
                Err(TrySendError::Full(event)) => self.keep(event),
                // Closed: the room is going, and what is in it will be closed.
                Ok(()) | Err(TrySendError::Closed(_)) => Told::Yes,
            };
        }
        self.keep(event)
    }

    fn keep(&mut self, event: MediaEvent) -> Told {
        if let MediaEvent::Talking(peer, talks) = event {
            let earlier = self.kept.iter_mut().find_map(|kept| match kept {
                MediaEvent::Talking(who, talked) if *who == peer => Some(talked),
                MediaEvent::Talking(..)
                | MediaEvent::Connected(_)
                | MediaEvent::Ended(..)
                | MediaEvent::TextOpened(_)
                | MediaEvent::Text(..)
                | MediaEvent::Offer(..)
                | MediaEvent::Silence(..)
                | MediaEvent::FirstFrame(..)
                | MediaEvent::Lost => None,
            });
            if let Some(talked) = earlier {
                *talked = talks;
                return Told::Yes;
            }
        }
        // A client may open one channel after the other; once is enough to know.
        if matches!(event, MediaEvent::TextOpened(_)) && self.kept.contains(&event) {
            return Told::Yes;
        }
        let bytes = text_bytes(&event);
        if bytes > 0 && self.text_kept_bytes + bytes > TEXT_KEPT_MAX_BYTES {
            return Told::TextOverrun;
        }
        self.text_kept_bytes += bytes;
        self.kept.push_back(event);
        Told::Yes
    }

    /// Hands on what is kept, as far as the room takes it.
    pub(crate) fn retry(&mut self) {
        while let Some(event) = self.kept.pop_front() {
            let bytes = text_bytes(&event);
            match self.lane.try_send(event) {
                Ok(()) | Err(TrySendError::Closed(_)) => self.text_kept_bytes -= bytes,
                Err(TrySendError::Full(event)) => {
                    self.kept.push_front(event);
                    return;
                }
            }
        }
    }
}

/// What a text counts for; an empty one takes place, too.
fn text_bytes(event: &MediaEvent) -> usize {
    match event {
        MediaEvent::Text(_, text) => text.len() + size_of::<MediaEvent>(),
        MediaEvent::Talking(..)
        | MediaEvent::Connected(_)
        | MediaEvent::Ended(..)
        | MediaEvent::TextOpened(_)
        | MediaEvent::Offer(..)
        | MediaEvent::Silence(..)
        | MediaEvent::FirstFrame(..)
        | MediaEvent::Lost => 0,
    }
}

#[cfg(test)]
mod tests {
    use greenroom_sfu::PeerId;
    use tokio::sync::mpsc::{Receiver, channel};

    use super::*;
    use crate::event::PeerEnd;

    const ALICE: PeerId = PeerId(1);
    const BOB: PeerId = PeerId(2);

    fn room(capacity: usize) -> (RoomEvents, Receiver<MediaEvent>) {
        let (lane, events) = channel(capacity);
        (RoomEvents::new(lane), events)
    }

    fn all(events: &mut Receiver<MediaEvent>, room: &mut RoomEvents) -> Vec<MediaEvent> {
        let mut got = Vec::new();
        while let Ok(event) = events.try_recv() {
            got.push(event);
            room.retry();
        }
        got
    }

    #[test]
    fn a_slow_room_gets_all_in_order_and_who_talks_once() {
        let (mut room, mut events) = room(1);
        room.tell(MediaEvent::Connected(ALICE));
        for turn in 0..1_001 {
            room.tell(MediaEvent::Talking(ALICE, turn % 2 == 0));
            room.tell(MediaEvent::Talking(BOB, turn % 2 == 1));
        }
        room.tell(MediaEvent::Text(BOB, "hello".to_owned()));
        room.tell(MediaEvent::Ended(ALICE, PeerEnd::TimedOut));
        assert!(room.is_behind());
        assert_eq!(
            all(&mut events, &mut room),
            [
                MediaEvent::Connected(ALICE),
                MediaEvent::Talking(ALICE, true),
                MediaEvent::Talking(BOB, false),
                MediaEvent::Text(BOB, "hello".to_owned()),
                MediaEvent::Ended(ALICE, PeerEnd::TimedOut),
            ]
        );
        assert!(!room.is_behind());
        assert_eq!(room.text_kept_bytes, 0);
    }

    #[test]
    fn text_without_end_is_refused_and_the_rest_is_not() {
        let (mut room, mut events) = room(1);
        let text = || MediaEvent::Text(BOB, "x".repeat(1_000));
        let taken = (0..10_000)
            .take_while(|_| room.tell(text()) == Told::Yes)
            .count();
        assert!((900..1_100).contains(&taken), "{taken}");
        assert_eq!(
            room.tell(MediaEvent::Text(BOB, "y".repeat(1_000))),
            Told::TextOverrun
        );
        assert_eq!(
            room.tell(MediaEvent::Ended(BOB, PeerEnd::Overrun)),
            Told::Yes
        );
        let got = all(&mut events, &mut room);
        assert_eq!(got.len(), taken + 1);
        assert_eq!(got.last(), Some(&MediaEvent::Ended(BOB, PeerEnd::Overrun)));
        assert_eq!(room.tell(text()), Told::Yes);
    }

    #[test]
    fn empty_texts_have_an_end_as_well() {
        let (mut room, _events) = room(1);
        let taken = (0..1_000_000)
            .take_while(|_| room.tell(MediaEvent::Text(BOB, String::new())) == Told::Yes)
            .count();
        assert!(taken < 50_000, "{taken}");
    }

    #[test]
    fn that_a_channel_is_open_is_told_once() {
        let (mut room, mut events) = room(1);
        for _ in 0..100 {
            room.tell(MediaEvent::TextOpened(ALICE));
            room.tell(MediaEvent::TextOpened(BOB));
        }
        let got = all(&mut events, &mut room);
        // One was on its way before any was kept.
        assert_eq!(got.len(), 3, "{got:?}");
    }

    #[test]
    fn a_room_that_is_gone_is_told_nothing() {
        let (mut room, events) = room(1);
        room.tell(MediaEvent::Connected(ALICE));
        room.tell(MediaEvent::Connected(BOB));
        drop(events);
        room.retry();
        assert!(!room.is_behind());
        assert_eq!(room.tell(MediaEvent::Connected(BOB)), Told::Yes);
    }
}
