//! What a call tells of people's way into it: their asks for seats, their session descriptions, their media.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use greenroom_domain::{Clock, FamilyId, ParticipantId, RoomId, Timestamp};
use greenroom_media::{FirstFrame, Kind, PeerEnd, PeerId};

use super::desk::{Seat, Seats, SessionKey};
use super::media::Media;
use super::{Ask, Call, Refusal, audio, text, video};
use crate::trace::{Board, Description, Step, Tracer, What};

/// A step that is over as soon as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallStep {
    /// Whose token it was taken with.
    pub family: FamilyId,
    /// In which session.
    pub session: u64,
    /// Who, if that is known.
    pub participant: Option<ParticipantId>,
    /// When it began.
    pub started: Timestamp,
    /// What it was.
    pub what: What,
    /// Why it came to nothing, if so.
    pub fault: Option<String>,
}

/// The media connection of a seat, as far as it has come.
#[derive(Debug, Clone, Copy)]
struct Progress {
    board: Board,
    /// Since when the next thing is waited for: a description was exchanged, or the connection came up.
    since: Timestamp,
    is_up: bool,
}

#[derive(Debug, Default)]
pub(super) struct Steps {
    seats: BTreeMap<Seat, Progress>,
    /// Drained after each step of the call.
    told: VecDeque<CallStep>,
}

/// What an ask means for who follows the way of the one who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Followed {
    board: Board,
    joins: bool,
    description: Option<Description>,
}

impl Followed {
    /// `None` for what is of no interest.
    pub(super) fn of(ask: &Ask) -> Option<Self> {
        let (board, description) = match ask {
            Ask::Audio(
                audio::Request::Join { offer, .. } | audio::Request::Configure { offer, .. },
            ) => (Board::Audio, answered(offer.is_some())),
            Ask::Video(video::Request::JoinPublisher { publish, .. }) => {
                let offers = publish.as_ref().is_some_and(|it| it.offer.is_some());
                (Board::Publisher, answered(offers))
            }
            Ask::Video(video::Request::Publish(publish)) => {
                (Board::Publisher, answered(publish.offer.is_some()))
            }
            Ask::Video(video::Request::JoinSubscriber { .. }) => {
                (Board::Subscriber, Some(Description::OfferMade))
            }
            Ask::Video(video::Request::Start { answer }) => {
                let taken = answer.as_ref().map(|_| Description::AnswerTaken);
                (Board::Subscriber, taken)
            }
            Ask::Text(text::Request::Setup) => (Board::Text, Some(Description::OfferMade)),
            Ask::Text(text::Request::Answer { .. }) => {
                (Board::Text, Some(Description::AnswerTaken))
            }
            Ask::Audio(_) | Ask::Video(_) | Ask::Text(_) | Ask::HangUp | Ask::Detach => {
                return None;
            }
        };
        let joins = ask.joins();
        (joins || description.is_some()).then_some(Self {
            board,
            joins,
            description,
        })
    }
}

fn answered(offers: bool) -> Option<Description> {
    offers.then_some(Description::OfferAnswered)
}

impl<M: Media> Call<M> {
    /// The same, which also tells of people's way into it.
    #[must_use]
    pub fn watched(mut self) -> Self {
        self.steps = Some(Steps::default());
        self
    }

    /// The next step that is over.
    pub fn poll_step(&mut self) -> Option<CallStep> {
        self.steps.as_mut()?.told.pop_front()
    }

    /// An ask of `asked_at` was answered.
    pub(super) fn note_answered(
        &mut self,
        seat: Seat,
        followed: Followed,
        refusal: Option<Refusal>,
        asked_at: Timestamp,
        now: Timestamp,
    ) {
        let Some(steps) = &mut self.steps else {
            return;
        };
        let Followed {
            board,
            joins,
            description,
        } = followed;
        let description = description.filter(|_| refusal.is_none());
        if description.is_some() {
            let fresh = Progress {
                board,
                since: now,
                is_up: false,
            };
            steps.seats.entry(seat).or_insert(fresh).since = now;
        }
        let what = What::Asked {
            board,
            joins,
            description,
        };
        let fault = refusal.map(|refusal| refusal.to_string());
        self.tell_step(seat.session(), asked_at, what, fault);
    }

    pub(super) fn note_connected(&mut self, seat: Seat, now: Timestamp) {
        if let Some(progress) = self.progress(seat)
            && !progress.is_up
        {
            let Progress { board, since, .. } = *progress;
            (progress.is_up, progress.since) = (true, now);
            self.tell_step(seat.session(), since, What::Connected(board), None);
        }
    }

    pub(super) fn note_media_ended(&mut self, seat: Seat, end: PeerEnd, now: Timestamp) {
        let Some(steps) = &mut self.steps else {
            return;
        };
        let Some(progress) = steps.seats.remove(&seat) else {
            return;
        };
        if progress.is_up && end == PeerEnd::ClosedByPeer {
            // That is how clients leave.
            return;
        }
        let (since, what) = if progress.is_up {
            (now, What::MediaLost(progress.board))
        } else {
            (progress.since, What::Connected(progress.board))
        };
        let fault = match end {
            PeerEnd::ClosedByPeer => "the peer closed it",
            PeerEnd::TimedOut => "nothing was heard of the peer any more",
            PeerEnd::NeverConnected => "it never came up",
            PeerEnd::Overrun => "more text came in than the room took",
            PeerEnd::NotDraining => "the peer took no more text",
            PeerEnd::Faulted => "a fault",
        };
        self.tell_step(seat.session(), since, what, Some(fault.to_owned()));
    }

    pub(super) fn note_first_frame(&mut self, peer: PeerId, frame: FirstFrame) {
        let Some(seat) = self.desk.seat_of(peer) else {
            return;
        };
        let Some(Progress { board, since, .. }) = self.progress(seat).copied() else {
            return;
        };
        let what = match frame {
            FirstFrame::In(kind) => What::FirstFrameIn(board, kind),
            FirstFrame::Mixed => What::FirstFrameOut(board, Kind::Audio, None),
            FirstFrame::Out(kind, publisher) => {
                let publisher = self.desk.seat_of(publisher);
                let publisher = publisher.and_then(|seat| self.people.identity(seat.session()).1);
                What::FirstFrameOut(board, kind, publisher)
            }
        };
        self.tell_step(seat.session(), since, what, None);
    }

    /// Seats were given up.
    pub(super) fn forget_progress(&mut self, seats: Seats) {
        if let Some(steps) = &mut self.steps {
            let gone: Vec<Seat> = steps.seats.range(seats).map(|(seat, _)| *seat).collect();
            for seat in gone {
                steps.seats.remove(&seat);
            }
        }
    }

    fn progress(&mut self, seat: Seat) -> Option<&mut Progress> {
        self.steps.as_mut()?.seats.get_mut(&seat)
    }

    /// Who came with no token that the call knows of is followed by nobody.
    fn tell_step(
        &mut self,
        session: SessionKey,
        started: Timestamp,
        what: What,
        fault: Option<String>,
    ) {
        let (Some(family), participant) = self.people.identity(session) else {
            return;
        };
        if let Some(steps) = &mut self.steps {
            steps.told.push_back(CallStep {
                family,
                session: session.session,
                participant,
                started,
                what,
                fault,
            });
        }
    }
}

/// A call's way to the tracer.
pub(super) struct RoomTracer {
    room: RoomId,
    tracer: Arc<dyn Tracer>,
}

impl RoomTracer {
    pub(super) fn new(room: RoomId, tracer: Arc<dyn Tracer>) -> Self {
        Self { room, tracer }
    }

    /// Hands on what the call tells. The clock is read again, so that a step does not look shorter than it was: making
    /// a media connection takes a while.
    pub(super) fn hand_on<M: Media>(&self, call: &mut Call<M>, clock: &dyn Clock) {
        while let Some(step) = call.poll_step() {
            self.tracer.step(Step {
                family: step.family,
                room: self.room,
                session: Some(step.session),
                participant: step.participant,
                started: step.started,
                ended: clock.now(),
                what: step.what,
                fault: step.fault,
            });
        }
    }
}
