//! What a call needs of the media engine.

use std::sync::Arc;

use greenroom_media::{
    Engine, MediaEvent, MixLegSettings, NegotiationError, PeerId, PublisherSettings,
    PublisherTracks, RoomMedia, RoomReport, SubscriberSettings,
};
use tokio::sync::{mpsc, oneshot};

/// The media engine, as calls use it.
pub trait MediaEngine: Send + Sync + 'static {
    /// One room's part of it. Dropping it closes every connection that is left in it.
    type Room: Media + 'static;

    /// Opens a room: its part of the engine, and what happens to its connections. The engine must
    /// not wait for the events to be taken.
    fn open_room(&self) -> (Self::Room, mpsc::Receiver<MediaEvent>);
}

/// One room's part of the media engine, as the call uses it.
///
/// Every method answers at once. What has to reach a media thread is queued in order, and goes out
/// when the call's owner flushes it; so a call stays a pure state machine.
pub trait Media: Send {
    /// Answers a publisher's offer; media flows to its subscribers from then on.
    fn publish(
        &mut self,
        offer: &str,
        settings: PublisherSettings,
    ) -> Result<(PeerId, String, PublisherTracks), NegotiationError>;

    /// Answers the offer of a leg of the mixed audio.
    fn join_mix(
        &mut self,
        offer: &str,
        settings: MixLegSettings,
    ) -> Result<(PeerId, String), NegotiationError>;

    /// Offers what `publishers` publish, in their order.
    fn subscribe(
        &mut self,
        publishers: &[(PeerId, PublisherTracks)],
        settings: SubscriberSettings,
    ) -> Result<(PeerId, String), NegotiationError>;

    /// Offers a data channel.
    fn open_text(&mut self) -> Result<(PeerId, String), NegotiationError>;

    /// Takes the answer to an offer. A first answer that cannot be used ends the connection.
    fn accept_answer(&mut self, peer: PeerId, answer: &str) -> Result<(), NegotiationError>;

    /// Changes which publishers a subscriber sees that has answered the last offer it got.
    /// [`MediaEvent::Offer`] tells what came of it.
    fn update(
        &mut self,
        subscriber: PeerId,
        add: Vec<(PeerId, PublisherTracks)>,
        remove: Vec<PeerId>,
    );

    /// Changes a publisher.
    fn configure_publisher(&mut self, peer: PeerId, settings: PublisherSettings);

    /// Changes what flows to a subscriber.
    fn configure_subscriber(&mut self, peer: PeerId, settings: SubscriberSettings);

    /// Changes a leg of the mixed audio.
    fn configure_mix_leg(&mut self, peer: PeerId, settings: MixLegSettings);

    /// Shows another publisher in the place of a subscriber's only one.
    fn switch(&mut self, subscriber: PeerId, publisher: PeerId);

    /// Asks a publisher for a key frame.
    fn request_keyframe(&mut self, publisher: PeerId);

    /// Writes text to a data channel.
    fn send_text(&mut self, peer: PeerId, text: String);

    /// Asks how long nothing was heard of some connections; [`MediaEvent::Silence`] answers with the number
    /// of the question.
    fn ask_silence(&mut self, peers: Vec<PeerId>, question: u64);

    /// Asks how the room's connections fare. An engine that cannot tell drops the answer.
    fn report(&mut self) -> oneshot::Receiver<RoomReport> {
        oneshot::channel().1
    }

    /// Ends a media connection; nothing more is told of it.
    fn close(&mut self, peer: PeerId);

    /// Sends on what is queued; waits while a lane to a media thread is full.
    fn flush(&mut self) -> impl Future<Output = ()> + Send;
}

impl MediaEngine for Engine {
    type Room = RoomMedia;

    fn open_room(&self) -> (RoomMedia, mpsc::Receiver<MediaEvent>) {
        self.open_room()
    }
}

impl<E: MediaEngine> MediaEngine for Arc<E> {
    type Room = E::Room;

    fn open_room(&self) -> (E::Room, mpsc::Receiver<MediaEvent>) {
        E::open_room(self)
    }
}

impl Media for RoomMedia {
    fn publish(
        &mut self,
        offer: &str,
        settings: PublisherSettings,
    ) -> Result<(PeerId, String, PublisherTracks), NegotiationError> {
        self.publish(offer, settings)
    }

    fn join_mix(
        &mut self,
        offer: &str,
        settings: MixLegSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        self.join_mix(offer, settings)
    }

    fn subscribe(
        &mut self,
        publishers: &[(PeerId, PublisherTracks)],
        settings: SubscriberSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        self.subscribe(publishers, settings)
    }

    fn open_text(&mut self) -> Result<(PeerId, String), NegotiationError> {
        self.open_text()
    }

    fn accept_answer(&mut self, peer: PeerId, answer: &str) -> Result<(), NegotiationError> {
        self.accept_answer(peer, answer)
    }

    fn update(
        &mut self,
        subscriber: PeerId,
        add: Vec<(PeerId, PublisherTracks)>,
        remove: Vec<PeerId>,
    ) {
        self.update(subscriber, add, remove);
    }

    fn configure_publisher(&mut self, peer: PeerId, settings: PublisherSettings) {
        self.configure_publisher(peer, settings);
    }

    fn configure_subscriber(&mut self, peer: PeerId, settings: SubscriberSettings) {
        self.configure_subscriber(peer, settings);
    }

    fn configure_mix_leg(&mut self, peer: PeerId, settings: MixLegSettings) {
        self.configure_mix_leg(peer, settings);
    }

    fn switch(&mut self, subscriber: PeerId, publisher: PeerId) {
        self.switch(subscriber, publisher);
    }

    fn request_keyframe(&mut self, publisher: PeerId) {
        self.request_keyframe(publisher);
    }

    fn send_text(&mut self, peer: PeerId, text: String) {
        self.send_text(peer, text);
    }

    fn ask_silence(&mut self, peers: Vec<PeerId>, question: u64) {
        self.ask_silence(peers, question);
    }

    fn close(&mut self, peer: PeerId) {
        self.close(peer);
    }

    fn report(&mut self) -> oneshot::Receiver<RoomReport> {
        self.report()
    }

    async fn flush(&mut self) {
        self.flush().await;
    }
}

/// An engine that takes no connection: a room on it has people, and no media.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMedia;

impl MediaEngine for NoMedia {
    type Room = Self;

    fn open_room(&self) -> (Self, mpsc::Receiver<MediaEvent>) {
        (Self, mpsc::channel(1).1)
    }
}

impl Media for NoMedia {
    fn publish(
        &mut self,
        _offer: &str,
        _settings: PublisherSettings,
    ) -> Result<(PeerId, String, PublisherTracks), NegotiationError> {
        Err(NegotiationError::Unavailable)
    }

    fn join_mix(
        &mut self,
        _offer: &str,
        _settings: MixLegSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        Err(NegotiationError::Unavailable)
    }

    fn subscribe(
        &mut self,
        _publishers: &[(PeerId, PublisherTracks)],
        _settings: SubscriberSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        Err(NegotiationError::Unavailable)
    }

    fn open_text(&mut self) -> Result<(PeerId, String), NegotiationError> {
        Err(NegotiationError::Unavailable)
    }

    fn accept_answer(&mut self, _peer: PeerId, _answer: &str) -> Result<(), NegotiationError> {
        Err(NegotiationError::NoSuchOffer)
    }

    fn update(
        &mut self,
        _subscriber: PeerId,
        _add: Vec<(PeerId, PublisherTracks)>,
        _remove: Vec<PeerId>,
    ) {
    }

    fn configure_publisher(&mut self, _peer: PeerId, _settings: PublisherSettings) {}

    fn configure_subscriber(&mut self, _peer: PeerId, _settings: SubscriberSettings) {}

    fn configure_mix_leg(&mut self, _peer: PeerId, _settings: MixLegSettings) {}

    fn switch(&mut self, _subscriber: PeerId, _publisher: PeerId) {}

    fn request_keyframe(&mut self, _publisher: PeerId) {}

    fn send_text(&mut self, _peer: PeerId, _text: String) {}

    fn ask_silence(&mut self, _peers: Vec<PeerId>, _question: u64) {}

    fn close(&mut self, _peer: PeerId) {}

    async fn flush(&mut self) {}
}
