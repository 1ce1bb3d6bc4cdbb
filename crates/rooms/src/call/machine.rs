//! The call of one room as a pure state machine: asks, media events and `now` in, news and a
//! deadline out.

use std::sync::Arc;

use greenroom_domain::participant::LeftReason;
use greenroom_domain::{Entropy, Timestamp};
use greenroom_media::{MediaEvent, PeerEnd, PeerId};

use super::audio::{self, AudioBoard};
use super::desk::{Desk, Seat, Seats, SessionKey, seats_of};
use super::identity::Said;
use super::media::Media;
use super::people::People;
use super::request::Meaning;
use super::returning::Returns;
use super::steps::Steps;
use super::text::{self, TextBoard};
use super::video::{self, VideoBoard};
use super::{
    Ask, HandleKey, LegId, LineId, LineNews, MediaDown, News, Patience, Refusal, Transaction,
};
use crate::history::Note;

/// What goes on in one room. Whoever drives it calls one `handle_*` at a time, and after each
/// drains [`Call::poll_news`] and [`Call::poll_note`], and flushes [`Call::media`].
///
/// A *person* is a session with a seat on some board: a leg, a publisher, a subscriber or a data
/// channel. `max_participants` counts people, not seats.
pub struct Call<M> {
    pub(super) desk: Desk<M>,
    pub(super) people: People,
    pub(super) audio: AudioBoard,
    pub(super) video: VideoBoard,
    text: TextBoard,
    pub(super) returns: Returns,
    /// Why joins were refused since it was asked last.
    refused_joins: Vec<Refusal>,
    /// How people come in, if somebody wants to know.
    pub(super) steps: Option<Steps>,
}

/// What a handle asks for, and since when.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) seat: Seat,
    pub(super) transaction: Transaction,
    pub(super) ask: Ask,
    pub(super) at: Timestamp,
}

/// One ask with a reply, and the board it goes to.
enum Request {
    Audio(audio::Request),
    Video(video::Request),
    Text(text::Request),
}

impl<M: Media> Call<M> {
    /// An empty room that holds `max_participants` people.
    pub fn new(
        media: M,
        entropy: Arc<dyn Entropy>,
        max_participants: usize,
        patience: Patience,
    ) -> Self {
        Self {
            desk: Desk::new(media, entropy),
            people: People::new(max_participants, patience.silence_secs),
            returns: Returns::new(patience),
            audio: AudioBoard::default(),
            video: VideoBoard::default(),
            text: TextBoard::default(),
            refused_joins: Vec::new(),
            steps: None,
        }
    }

    /// A connection has come.
    pub fn handle_line(&mut self, line: LineId, now: Timestamp) {
        self.people.add_line(line, now);
    }

    /// The connection was last heard of at `at`.
    pub fn handle_heard(&mut self, line: LineId, at: Timestamp) {
        self.people.hear(line, at);
    }

    /// A handle asks for something. Of a connection that is not there, and of a session that was
    /// sent out, it is passed over.
    pub fn handle_ask(
        &mut self,
        line: LineId,
        handle: HandleKey,
        transaction: Transaction,
        ask: Ask,
        now: Timestamp,
    ) {
        let seat = Seat { line, key: handle };
        if !self.people.hear(line, now) || self.people.is_removed(seat.session()) {
            return;
        }
        let asked = Asked {
            seat,
            transaction,
            ask,
            at: now,
        };
        if let Some(asked) = self.hold_back(asked, now) {
            self.take_ask(asked, now);
        }
        self.settle_doubts(now);
    }

    /// Does what a handle asks for.
    pub(super) fn take_ask(&mut self, asked: Asked, now: Timestamp) {
        let Asked {
            seat,
            transaction,
            ask,
            at,
        } = asked;
        let meaning = ask.meaning(at);
        match ask {
            Ask::HangUp => self.hang_up(seat),
            Ask::Detach => self.vacate(seat),
            Ask::Text(text::Request::Write(text)) => self.text.write(seat, text, &mut self.desk),
            Ask::Audio(request) => {
                self.answer(seat, transaction, Request::Audio(request), meaning, now);
            }
            Ask::Video(request) => {
                self.answer(seat, transaction, Request::Video(request), meaning, now);
            }
            Ask::Text(request) => {
                self.answer(seat, transaction, Request::Text(request), meaning, now);
            }
        }
        if self.desk.awaits_media(seat.session()) {
            self.people.set_media_down(seat.session(), true);
        }
        self.settle(now);
    }

    fn answer(
        &mut self,
        seat: Seat,
        transaction: Transaction,
        request: Request,
        meaning: Meaning,
        now: Timestamp,
    ) {
        let Meaning { joins, said, .. } = meaning;
        let mark = self.desk.mark();
        let granted = self.grant(seat, &transaction, request, joins);
        match &granted {
            Ok(_) => self.note_seat(seat.session(), joins, said, now),
            Err(refusal) if joins => self.refused_joins.push(*refusal),
            Err(_) => {}
        }
        if let Some(followed) = meaning.followed {
            self.note_answered(
                seat,
                followed,
                granted.as_ref().err().copied(),
                meaning.asked_at,
                now,
            );
        }
        // What takes the media engine's word is replied to when that has come.
        if let Some(news) = granted.unwrap_or_else(|refusal| Some(News::Refused(refusal))) {
            self.desk.reply(mark, seat, transaction, news);
        }
        // A refused join leaves nobody behind.
        self.desk.vacated(seat);
    }

    /// Something was granted that takes a seat or tells who asks.
    fn note_seat(&mut self, session: SessionKey, joins: bool, said: Option<Said>, now: Timestamp) {
        if joins {
            self.people.seat(session, now);
        }
        if let Some(said) = said {
            let entropy = self.desk.entropy();
            self.people.introduce(session, said, now, &*entropy);
        }
    }

    fn grant(
        &mut self,
        seat: Seat,
        transaction: &Transaction,
        request: Request,
        joins: bool,
    ) -> Result<Option<News>, Refusal> {
        let elsewhere = match &request {
            Request::Audio(_) => self.video.holds(seat) || self.text.holds(seat),
            Request::Video(_) => self.audio.holds(seat) || self.text.holds(seat),
            Request::Text(_) => self.audio.holds(seat) || self.video.holds(seat),
        };
        if elsewhere {
            return Err(Refusal::NotPossible);
        }
        if joins {
            self.people.admit(seat.session())?;
        }
        let desk = &mut self.desk;
        Ok(match request {
            Request::Audio(request) => Some(News::Audio(self.audio.answer(seat, request, desk)?)),
            Request::Text(request) => Some(News::Text(self.text.answer(seat, request, desk)?)),
            Request::Video(video::Request::Update {
                subscribe,
                unsubscribe,
            }) => {
                let subscribe: Vec<LegId> = subscribe.iter().map(|wanted| wanted.feed).collect();
                self.video
                    .update(seat, transaction, &subscribe, &unsubscribe, desk)?
                    .map(News::Video)
            }
            Request::Video(request) => Some(News::Video(self.video.answer(seat, request, desk)?)),
        })
    }

    fn hang_up(&mut self, seat: Seat) {
        self.forget_progress(seat..=seat);
        self.audio.hang_up(seat, &mut self.desk);
        self.video.hang_up(seat, &mut self.desk);
        self.text.vacate(seat, &mut self.desk);
    }

    fn vacate(&mut self, seat: Seat) {
        self.forget_progress(seat..=seat);
        self.audio.vacate(seat, &mut self.desk);
        self.video.vacate(seat, &mut self.desk);
        self.text.vacate(seat, &mut self.desk);
    }

    /// Something happened to a media connection.
    pub fn handle_media(&mut self, event: MediaEvent, now: Timestamp) {
        match event {
            MediaEvent::Connected(peer) => self.media_up(peer, now),
            MediaEvent::Ended(peer, end) => self.media_ended(peer, end, now),
            MediaEvent::FirstFrame(peer, frame) => self.note_first_frame(peer, frame),
            MediaEvent::Talking(peer, talking) => {
                if let Some(seat) = self.desk.seat_of(peer) {
                    self.audio.talking(seat, talking, &mut self.desk);
                    self.video.talking(seat, talking, &mut self.desk);
                }
            }
            MediaEvent::TextOpened(peer) => self.tell_text(peer, text::Event::Opened),
            MediaEvent::Text(peer, text) => self.tell_text(peer, text::Event::Received(text)),
            MediaEvent::Offer(peer, offer) => {
                if let Some(seat) = self.desk.seat_of(peer) {
                    self.video.offered(seat, offer, &mut self.desk);
                }
            }
            MediaEvent::Silence(question, silence) => self.note_silence(question, silence, now),
            MediaEvent::Lost => {
                for peer in self.desk.peers() {
                    self.media_ended(peer, PeerEnd::Faulted, now);
                }
            }
        }
        self.settle(now);
    }

    fn tell_text(&mut self, peer: PeerId, event: text::Event) {
        if let Some(seat) = self.desk.seat_of(peer)
            && self.text.holds(seat)
        {
            self.desk.push(seat, News::Text(event));
        }
    }

    fn media_up(&mut self, peer: PeerId, now: Timestamp) {
        let Some(seat) = self.desk.came_up(peer) else {
            return;
        };
        self.note_connected(seat, now);
        self.people.set_media_down(seat.session(), false);
        self.desk.push(seat, News::MediaUp);
        self.audio.media_up(seat, &mut self.desk);
    }

    fn media_ended(&mut self, peer: PeerId, end: PeerEnd, now: Timestamp) {
        let Some(seat) = self.desk.went_down(peer) else {
            return;
        };
        self.note_media_ended(seat, end, now);
        let why = match end {
            PeerEnd::ClosedByPeer => MediaDown::ClosedByPeer,
            PeerEnd::TimedOut | PeerEnd::NeverConnected => MediaDown::TimedOut,
            PeerEnd::Faulted | PeerEnd::Overrun | PeerEnd::NotDraining => MediaDown::Failed,
        };
        self.audio.media_ended(seat, why, &mut self.desk);
        self.video.media_ended(seat, peer, why, &mut self.desk);
        self.text.media_ended(seat, why, &mut self.desk);
        let session = seat.session();
        if why == MediaDown::TimedOut && !self.desk.has_media_up(session) {
            self.people.set_media_down(session, true);
        }
    }

    /// A session has ended for that reason, with all its handles.
    pub fn handle_session_end(
        &mut self,
        line: LineId,
        session: u64,
        why: LeftReason,
        now: Timestamp,
    ) {
        let session = SessionKey { line, session };
        self.end(session.seats());
        self.people.dismiss(session, why, now);
        self.desk.set_silenced(session, false);
        self.returns.forget(session);
        self.settle(now);
        self.settle_doubts(now);
    }

    /// A connection has ended for that reason, with all its sessions.
    pub fn handle_line_end(&mut self, line: LineId, why: LeftReason, now: Timestamp) {
        self.people.remove_line(line, why, now);
        self.end(seats_of(line));
        self.desk.forget_line(line);
        self.returns.forget_line(line);
        self.settle(now);
        self.settle_doubts(now);
    }

    /// Frees seats all at once, so that none of them is told of another.
    pub(super) fn end(&mut self, seats: Seats) {
        self.forget_progress(seats.clone());
        self.audio.end(seats.clone(), &mut self.desk);
        self.video.end(seats.clone(), &mut self.desk);
        self.text.end(seats, &mut self.desk);
    }

    /// The room's size was changed. Nobody is sent out for it.
    pub fn handle_room_change(&mut self, max_participants: usize) {
        self.people.set_max(max_participants);
    }

    /// Does what is due at `now`: gives up people whose network is gone, and puts those on record
    /// who do not say who they are.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        let due: Vec<SessionKey> = self
            .people
            .suspects()
            .filter(|(_, until)| *until <= now)
            .map(|(session, _)| session)
            .collect();
        for session in due {
            self.give_up(session, now);
        }
        let entropy = self.desk.entropy();
        self.people.record_unknown(now, &*entropy);
        self.settle(now);
        self.settle_doubts(now);
    }

    /// Puts somebody out whose network is gone.
    pub(super) fn give_up(&mut self, session: SessionKey, now: Timestamp) {
        self.end(session.seats());
        self.people.give_up(session, now);
        self.desk.tell_vanished(session);
    }

    /// When [`Call::handle_timeout`] is to be called next, if at all.
    pub fn deadline(&self) -> Option<Timestamp> {
        let deadlines = [self.people.deadline(), self.returns.deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// The next that a connection is to be told.
    pub fn poll_news(&mut self) -> Option<(LineId, LineNews)> {
        self.desk.poll()
    }

    /// The next that is to be written down of who is in it.
    pub fn poll_note(&mut self) -> Option<Note> {
        self.people.poll_note()
    }

    /// Why joins were refused since this was asked last.
    pub fn take_refused_joins(&mut self) -> Vec<Refusal> {
        std::mem::take(&mut self.refused_joins)
    }

    /// Whoever has no seat left is no person any more.
    pub(super) fn settle(&mut self, now: Timestamp) {
        for session in self.desk.take_vacated() {
            if !self.has_seat(session) {
                self.people.leave(session, now);
            }
        }
    }

    fn has_seat(&self, session: SessionKey) -> bool {
        self.audio.holds_any(session)
            || self.video.holds_any(session)
            || self.text.holds_any(session)
    }

    /// How many people are in it.
    pub const fn people(&self) -> usize {
        self.people.count()
    }

    /// How many streams are published in it.
    pub fn streams(&self) -> usize {
        self.video.streams()
    }

    /// The room's part of the media engine.
    pub const fn media(&mut self) -> &mut M {
        &mut self.desk.media
    }
}
