//! The board of streams: who publishes, and who is subscribed to what.

mod publishers;
mod subscribers;

use greenroom_media::PeerId;

use super::{Event, Flow, Request};
use crate::call::desk::{Desk, Seat, SessionKey};
use crate::call::media::Media;
use crate::call::{LegId, MediaDown, Refusal};

use publishers::Publishers;
use subscribers::Subscribers;

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
            Request::Start { answer } => self.subscribers.start(seat, answer.as_deref(), desk),
            Request::Pause => self.subscribers.pause(seat, desk),
            Request::ConfigureSubscriber(flow) => self.configure_subscriber(seat, flow, desk),
            Request::Switch { feed } => self.subscribers.switch(seat, feed, &self.publishers, desk),
            Request::Update {
                subscribe,
                unsubscribe,
            } => {
                let subscribe: Vec<LegId> = subscribe.iter().map(|wanted| wanted.feed).collect();
                self.subscribers
                    .update(seat, &subscribe, &unsubscribe, &self.publishers)
            }
            Request::ListParticipants => Ok(Event::Participants(self.publishers.list())),
        }
    }

    /// A seat publishes or subscribes, not both.
    fn must_be_free(&self, seat: Seat) -> Result<(), Refusal> {
        if self.holds(seat) {
            return Err(Refusal::AlreadyJoined);
        }
        Ok(())
    }

    fn configure_subscriber<M: Media>(
        &mut self,
        seat: Seat,
        flow: Flow,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        let unfrozen = self.subscribers.configure(seat, flow, desk)?;
        for feed in unfrozen {
            if let Some(publisher) = self.publishers.peer_of(feed) {
                desk.media.request_keyframe(publisher);
            }
        }
        Ok(Event::SubscriberConfigured)
    }

    /// Frees the seat, and tells the others.
    pub(in crate::call) fn vacate<M: Media>(&mut self, seat: Seat, desk: &mut Desk<M>) {
        self.subscribers.vacate(seat, desk);
        if let Some(feed) = self.publishers.vacate(seat, desk) {
            self.subscribers.drop_feed(feed, desk);
        }
    }

    /// Frees all seats of a session, and tells the others.
    pub(in crate::call) fn end_session<M: Media>(
        &mut self,
        session: SessionKey,
        desk: &mut Desk<M>,
    ) {
        self.subscribers.end_session(session, desk);
        for feed in self.publishers.end_session(session, desk) {
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
