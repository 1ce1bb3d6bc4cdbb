//! One room's part of the engine.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use greenroom_sfu::{
    Command, MixLegSettings, NegotiationError, NewPeer, PeerId, PeerReport, PendingPeer,
    PublisherSettings, PublisherTracks, Seat, SubscriberSettings,
};
use tokio::sync::{mpsc, oneshot};

use crate::clock;
use crate::control::{Control, Counted, MixSeat, RoomKey};
use crate::engine::Shared;
use crate::event::MediaEvent;

/// How each of a room's connections fares that is up. Bounded by the connections there are.
pub type RoomReport = HashMap<PeerId, PeerReport>;

/// A connection that waits for the answer to its offer, on the control side.
struct Offered {
    pending: PendingPeer,
    counted: Counted,
    /// Another publisher to show, as soon as it is there.
    switch: Option<PeerId>,
}

/// One room's part of the engine. Dropping it ends all its connections.
///
/// Negotiation is done here and at once; it takes a millisecond or two. What has to reach the media
/// threads is queued in order until [`flush`](Self::flush). The queue holds what was asked for since
/// the last flush, so it is as long as one request makes it.
pub struct RoomMedia {
    shared: Arc<Shared>,
    room: RoomKey,
    shard: usize,
    mixer: usize,
    queue: VecDeque<Control>,
    offered: HashMap<PeerId, Offered>,
    /// `None` if there are too many rooms; then nothing can be had.
    place: Option<Counted>,
    _mix_place: Option<Counted>,
}

impl std::fmt::Debug for RoomMedia {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoomMedia")
            .field("room", &self.room)
            .field("shard", &self.shard)
            .field("queued", &self.queue.len())
            .field("offered", &self.offered.len())
            .finish_non_exhaustive()
    }
}

impl RoomMedia {
    pub(crate) fn open(
        shared: Arc<Shared>,
        room: RoomKey,
        events: mpsc::Sender<MediaEvent>,
    ) -> Self {
        let (shard, place) = shared.place_room();
        let (mixer, mix_place) = shared.place_mix();
        let mut queue = VecDeque::new();
        if place.is_some() {
            queue.push_back(Control::Open { room, events });
        }
        Self {
            shared,
            room,
            shard,
            mixer,
            queue,
            offered: HashMap::new(),
            place,
            _mix_place: mix_place,
        }
    }

    /// Answers a publisher's offer; media flows to its subscribers from then on.
    pub fn publish(
        &mut self,
        offer: &str,
        settings: PublisherSettings,
    ) -> Result<(PeerId, String, PublisherTracks), NegotiationError> {
        let (seat, counted) = self.seat()?;
        let (peer, answer, tracks) = self.shared.negotiator.answer_publisher(
            clock::now(),
            &*self.shared.entropy,
            seat,
            offer,
            settings,
        )?;
        self.add(peer, counted, None);
        Ok((seat.peer, answer, tracks))
    }

    /// Answers the offer of a leg of the mixed audio.
    pub fn join_mix(
        &mut self,
        offer: &str,
        settings: MixLegSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        let (seat, counted) = self.seat()?;
        let (peer, answer) = self.shared.negotiator.answer_mix_leg(
            clock::now(),
            &*self.shared.entropy,
            seat,
            offer,
            settings,
        )?;
        let mix = MixSeat {
            mixer: self.mixer,
            muted: settings.muted,
        };
        self.add(peer, counted, Some(mix));
        Ok((seat.peer, answer))
    }

    /// Offers what `publishers` publish, in their order.
    pub fn subscribe(
        &mut self,
        publishers: &[(PeerId, PublisherTracks)],
        settings: SubscriberSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        let (seat, counted) = self.seat()?;
        let (pending, offer) = self.shared.negotiator.offer_subscriber(
            clock::now(),
            &*self.shared.entropy,
            seat,
            publishers,
            settings,
        )?;
        self.offer(pending, counted);
        Ok((seat.peer, offer))
    }

    /// Offers a data channel.
    pub fn open_text(&mut self) -> Result<(PeerId, String), NegotiationError> {
        let (seat, counted) = self.seat()?;
        let (pending, offer) =
            self.shared
                .negotiator
                .offer_text(clock::now(), &*self.shared.entropy, seat)?;
        self.offer(pending, counted);
        Ok((seat.peer, offer))
    }

    /// Takes the answer to an offer. The answer to the offer of an [`update`](Self::update) goes to
    /// the shard: one that does not fit ends the connection.
    pub fn accept_answer(&mut self, peer: PeerId, answer: &str) -> Result<(), NegotiationError> {
        let Some(offered) = self.offered.remove(&peer) else {
            let command = Command::AcceptAnswer(peer, answer.to_owned());
            self.queue.push_back(Control::Command(command));
            return Ok(());
        };
        let new = offered.pending.accept_answer(answer)?;
        self.add(new, offered.counted, None);
        if let Some(publisher) = offered.switch {
            self.switch(peer, publisher);
        }
        Ok(())
    }

    /// Changes which publishers a subscriber sees. [`MediaEvent::Offer`] tells what came of it.
    pub fn update(
        &mut self,
        subscriber: PeerId,
        add: Vec<(PeerId, PublisherTracks)>,
        remove: Vec<PeerId>,
    ) {
        self.queue.push_back(Control::Command(Command::Update {
            subscriber,
            add,
            remove,
        }));
    }

    /// Changes a publisher.
    pub fn configure_publisher(&mut self, peer: PeerId, settings: PublisherSettings) {
        let command = Command::ConfigurePublisher(peer, settings);
        self.queue.push_back(Control::Command(command));
    }

    /// Changes what flows to a subscriber.
    pub fn configure_subscriber(&mut self, peer: PeerId, settings: SubscriberSettings) {
        if let Some(offered) = self.offered.get_mut(&peer) {
            offered.pending.configure(settings);
            return;
        }
        let command = Command::ConfigureSubscriber(peer, settings);
        self.queue.push_back(Control::Command(command));
    }

    /// Changes a leg of the mixed audio.
    pub fn configure_mix_leg(&mut self, peer: PeerId, settings: MixLegSettings) {
        let command = Command::ConfigureMixLeg(peer, settings);
        self.queue.push_back(Control::Command(command));
        self.queue.push_back(Control::MuteLeg {
            peer,
            muted: settings.muted,
        });
    }

    /// Shows another publisher in the place of a subscriber's only one.
    pub fn switch(&mut self, subscriber: PeerId, publisher: PeerId) {
        if let Some(offered) = self.offered.get_mut(&subscriber) {
            offered.switch = Some(publisher);
            return;
        }
        self.queue.push_back(Control::Command(Command::Switch {
            subscriber,
            publisher,
        }));
    }

    /// Asks a publisher for a key frame.
    pub fn request_keyframe(&mut self, publisher: PeerId) {
        let command = Command::RequestKeyframe(publisher);
        self.queue.push_back(Control::Command(command));
    }

    /// Writes text to a data channel that has been answered.
    pub fn send_text(&mut self, peer: PeerId, text: String) {
        self.queue
            .push_back(Control::Command(Command::SendText(peer, text)));
    }

    /// Asks how long nothing was heard of some connections; [`MediaEvent::Silence`] answers with the number of
    /// the question.
    pub fn ask_silence(&mut self, peers: Vec<PeerId>, question: u64) {
        self.queue.push_back(Control::AskSilence {
            room: self.room,
            peers,
            question,
        });
    }

    /// Asks how the room's connections fare. The answer comes when the media thread gets round to it, or
    /// not at all if that is gone: whoever waits for it needs a limit. Costs the thread about a microsecond for
    /// each connection, so it is not to be asked again and again.
    pub fn report(&mut self) -> oneshot::Receiver<RoomReport> {
        let (reply, answer) = oneshot::channel();
        self.queue.push_back(Control::Report {
            room: self.room,
            reply,
        });
        answer
    }

    /// Ends a media connection; nothing more is told of it.
    pub fn close(&mut self, peer: PeerId) {
        if self.offered.remove(&peer).is_none() {
            self.queue
                .push_back(Control::Command(Command::Remove(peer)));
        }
    }

    /// Sends on what is queued; waits while the lane to the media thread is full. Cancel safe: what
    /// was not sent stays queued.
    pub async fn flush(&mut self) {
        if self.queue.is_empty() {
            return;
        }
        let Some(lane) = self.shared.lane(self.shard) else {
            return;
        };
        while !self.queue.is_empty() {
            let Some(permit) = lane.reserve().await else {
                // The shard is gone, and the room is told so.
                self.queue.clear();
                return;
            };
            if let Some(control) = self.queue.pop_front() {
                permit.send(control);
            }
        }
        lane.wake();
    }

    fn seat(&self) -> Result<(Seat, Counted), NegotiationError> {
        if self.place.is_none() {
            return Err(NegotiationError::Unavailable);
        }
        let counted = self
            .shared
            .count_peer(self.shard)
            .ok_or(NegotiationError::Unavailable)?;
        let peer = PeerId(self.shared.next_peer.fetch_add(1, Ordering::Relaxed));
        let seat = Seat {
            peer,
            shard: self.shard,
        };
        Ok((seat, counted))
    }

    fn add(&mut self, peer: NewPeer, counted: Counted, mix: Option<MixSeat>) {
        self.queue.push_back(Control::Add {
            room: self.room,
            peer: Box::new(peer),
            counted,
            mix,
        });
    }

    fn offer(&mut self, pending: PendingPeer, counted: Counted) {
        self.offered.insert(
            pending.id(),
            Offered {
                pending,
                counted,
                switch: None,
            },
        );
    }
}

impl Drop for RoomMedia {
    fn drop(&mut self) {
        if let Some(lane) = self.shared.lane(self.shard)
            && let Some(counted) = self.place.take()
        {
            lane.room_is_gone(self.room, counted);
        }
    }
}
