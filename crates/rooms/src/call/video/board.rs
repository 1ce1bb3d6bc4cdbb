//! The board of streams: who publishes, and who is subscribed to what.

mod publishers;
mod subscribers;

use greenroom_media::PeerId;

use super::{Event, Request};
use crate::call::desk::{Desk, Seat, Seats, SessionKey};
use crate::call::media::Media;
use crate::call::quality::StreamSeen;
use crate::call::{LegId, MediaDown, Refusal, Transaction};

use publishers::Publishers;
use subscribers::{Change, Subscribers};

#[derive(Default)]
pub(in crate::call) struct VideoBoard {
    publishers: Publishers,
    subscribers: Subscribers,
}

impl VideoBoard {
    pub(in crate::call) fn holds(&self, seat: Seat) -> bool {
        self.publishers.holds(seat) || self.subscribers.holds(seat)
    }

    pub(in crate::call) fn holds_any(&self, session: SessionKey) -> bool {
        self.publishers.holds_any(session) || self.subscribers.holds_any(session)
    }

    /// How many streams are published.
    pub(in crate::call) fn streams(&self) -> usize {
        self.publishers.streams()
    }

    pub(in crate::call) fn answer<M: Media>(
        &mut self,
        seat: Seat,
        request: Request,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        match request {
            Request::JoinPublisher {
                id,
                display,
                publish,
            } => {
                self.must_be_free(seat)?;
                self.publishers.join(seat, id, display, publish, desk)
            }
            Request::Publish(change) => self.publishers.publish(seat, change, desk),
            Request::Unpublish => {
                let feed = self.publishers.unpublish(seat, desk)?;
                self.subscribers.drop_feed(feed, desk);
                desk.tell_media_down(seat, MediaDown::Gone);
                Ok(Event::UnpublishedOwn)
            }
            Request::Leave => {
                if !self.holds(seat) {
                    return Err(Refusal::NotJoined);
                }
                self.vacate(seat, desk);
                Ok(Event::Left)
            }
            Request::JoinSubscriber { feeds, flow } => {
                self.must_be_free(seat)?;
                let feeds = feeds.iter().map(|wanted| wanted.feed).collect();
                self.subscribers
                    .join(seat, feeds, flow, &self.publishers, desk)
            }
            Request::Start { answer } => {
                let unfrozen = self.subscribers.start(seat, answer.as_deref(), desk)?;
                self.request_keyframes(&unfrozen, desk);
                Ok(Event::Started)
            }
            Request::Pause => self.subscribers.pause(seat, desk),
            Request::ConfigureSubscriber(flow) => {
                let unfrozen = self.subscribers.configure(seat, flow, desk)?;
                self.request_keyframes(&unfrozen, desk);
                Ok(Event::SubscriberConfigured)
            }
            Request::Switch { feed } => self.subscribers.switch(seat, feed, &self.publishers, desk),
            // Taken by `update`.
            Request::Update { .. } => Err(Refusal::NotPossible),
            Request::ListParticipants => Ok(Event::Participants(self.publishers.list())),
        }
    }

    /// Changes what a subscriber shows; without an event the reply comes with [`Self::offered`].
    pub(in crate::call) fn update<M: Media>(
        &mut self,
        seat: Seat,
        transaction: &Transaction,
        subscribe: &[LegId],
        unsubscribe: &[LegId],
        desk: &mut Desk<M>,
    ) -> Result<Option<Event>, Refusal> {
        let change = Change {
            subscribe,
            unsubscribe,
        };
        self.subscribers
            .update(seat, transaction, &change, &self.publishers, desk)
    }

    /// The media engine has a new offer, or needs none.
    pub(in crate::call) fn offered<M: Media>(
        &mut self,
        seat: Seat,
        offer: Option<String>,
        desk: &mut Desk<M>,
    ) {
        self.subscribers
            .offered(seat, offer, &self.publishers, desk);
    }

    /// A seat publishes or subscribes, not both.
    fn must_be_free(&self, seat: Seat) -> Result<(), Refusal> {
        if self.holds(seat) {
            return Err(Refusal::AlreadyJoined);
        }
        Ok(())
    }

    fn request_keyframes<M: Media>(&self, feeds: &[LegId], desk: &mut Desk<M>) {
        for feed in feeds {
            if let Some(publisher) = self.publishers.peer_of(*feed) {
                desk.media.request_keyframe(publisher);
            }
        }
    }

    /// What a session publishes.
    pub(in crate::call) fn streams_of(&self, session: SessionKey) -> Vec<StreamSeen> {
        self.publishers.seen_of(session)
    }

    /// By which connections a session is sent what others publish.
    pub(in crate::call) fn subscriptions_of(&self, session: SessionKey) -> Vec<PeerId> {
        self.subscribers.peers_of(session)
    }

    /// Tells everybody, itself too, that a session is thrown out.
    pub(in crate::call) fn tell_kicked<M: Media>(&self, session: SessionKey, desk: &mut Desk<M>) {
        self.publishers.tell_kicked(session, desk);
    }

    /// Silences what a session publishes or will publish, or no longer does.
    pub(in crate::call) fn silence<M: Media>(
        &mut self,
        session: SessionKey,
        silenced: bool,
        desk: &mut Desk<M>,
    ) {
        self.publishers.silence(session, silenced, desk);
    }

    /// Frees the seat, and tells the others.
    pub(in crate::call) fn vacate<M: Media>(&mut self, seat: Seat, desk: &mut Desk<M>) {
        self.subscribers.vacate(seat, desk);
        if let Some(feed) = self.publishers.vacate(seat, desk) {
            self.subscribers.drop_feed(feed, desk);
        }
    }

    /// Frees seats all at once, and tells the others.
    pub(in crate::call) fn end<M: Media>(&mut self, seats: Seats, desk: &mut Desk<M>) {
        self.subscribers.end(seats.clone(), desk);
        for feed in self.publishers.end(seats, desk) {
            self.subscribers.drop_feed(feed, desk);
        }
    }

    /// Ends the seat's media connection. A publisher stays, without its stream.
    pub(in crate::call) fn hang_up<M: Media>(&mut self, seat: Seat, desk: &mut Desk<M>) {
        self.subscribers.vacate(seat, desk);
        if let Ok(feed) = self.publishers.unpublish(seat, desk) {
            self.subscribers.drop_feed(feed, desk);
        }
    }

    pub(in crate::call) fn media_ended<M: Media>(
        &mut self,
        seat: Seat,
        peer: PeerId,
        why: MediaDown,
        desk: &mut Desk<M>,
    ) {
        self.subscribers.media_ended(seat, why, desk);
        if let Some(feed) = self.publishers.media_ended(seat, peer, why, desk) {
            self.subscribers.drop_feed(feed, desk);
        }
    }

    pub(in crate::call) fn talking<M: Media>(
        &mut self,
        seat: Seat,
        talking: bool,
        desk: &mut Desk<M>,
    ) {
        self.publishers.talking(seat, talking, desk);
    }
}
