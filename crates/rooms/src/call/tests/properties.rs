//! What holds whatever is asked and whatever happens.

mod acts;

use std::collections::{BTreeMap, BTreeSet};

use greenroom_domain::ParticipantId;
use greenroom_domain::participant::LeftReason;
use greenroom_media::{MediaEvent, PeerEnd, PeerId};
use proptest::prelude::*;

use super::fixture::{
    BAD, Counting, Kind, NOW, ScriptedMedia, audio_join, publish, rename, start, subscribe,
    text_join, video_join,
};
use super::requests::sdk_display;
use crate::call::video::Flow;
use crate::call::{
    Ask, Call, HandleKey, LegId, LineId, LineNews, News, Patience, audio, text, video,
};
use crate::history::Note;

use acts::{Act, What, act};

const LINES: u64 = 5;
const MAX: usize = 3;

/// What the world knows of the call, from what it was told.
struct World {
    call: Call<ScriptedMedia>,
    now: greenroom_domain::Timestamp,
    asked: u64,
    lines: BTreeSet<u64>,
    ids: Vec<LegId>,
    /// Who holds which id, as its replies say.
    held: BTreeMap<LegId, (u64, HandleKey)>,
    max: usize,
    /// Who is on record, and whether an operator muted them.
    present: BTreeMap<ParticipantId, bool>,
    joins: usize,
    leaves: usize,
    /// Sessions that were sent out and have not ended.
    removed: BTreeSet<(u64, u64)>,
    /// Asks whose reply is still to come.
    unanswered: BTreeMap<String, (u64, HandleKey)>,
}

impl World {
    fn new() -> Self {
        let entropy = std::sync::Arc::new(Counting::default());
        Self {
            call: Call::new(ScriptedMedia::default(), entropy, MAX, Patience::default()),
            now: NOW,
            asked: 0,
            lines: BTreeSet::new(),
            ids: Vec::new(),
            held: BTreeMap::new(),
            max: MAX,
            unanswered: BTreeMap::new(),
            present: BTreeMap::new(),
            joins: 0,
            leaves: 0,
            removed: BTreeSet::new(),
        }
    }

    fn id(&self, choice: usize) -> LegId {
        let chosen = self.ids.get(choice % self.ids.len().max(1));
        chosen.copied().unwrap_or(LegId(1))
    }

    fn ask_of(&self, what: &What) -> Ask {
        let sdp = |bad: bool| if bad { BAD } else { "vp8" };
        match what {
            // Some say that they are the same person.
            What::AudioJoin(id) => {
                audio_join(&sdk_display((*id).into(), Some(&id.to_string()))).into()
            }
            What::AudioJoinAs(choice) => audio::Request::Join {
                id: Some(self.id(*choice)),
                display: None,
                muted: true,
                offer: None,
            }
            .into(),
            What::AudioConfigure(muted, bad) => audio::Request::Configure {
                display: None,
                muted: Some(*muted),
                offer: Some(sdp(*bad).to_owned()),
            }
            .into(),
            What::AudioLeave => audio::Request::Leave.into(),
            What::AudioList => audio::Request::ListParticipants.into(),
            What::VideoJoin => video_join("x").into(),
            What::Publish(bad) => publish(sdp(*bad)).into(),
            What::Rename(name) => rename(&name.to_string()).into(),
            What::Unpublish => video::Request::Unpublish.into(),
            What::Leave => video::Request::Leave.into(),
            What::Subscribe(one, two, both) => {
                let feeds = [self.id(*one), self.id(*two)];
                subscribe(&feeds[..=usize::from(*both)], Flow::default()).into()
            }
            What::Start(bad) => start(sdp(*bad)).into(),
            What::Pause => video::Request::Pause.into(),
            What::Switch(choice) => video::Request::Switch {
                feed: self.id(*choice),
            }
            .into(),
            What::Update(more, less) => video::Request::Update {
                subscribe: vec![video::FeedWanted {
                    feed: self.id(*more),
                }],
                unsubscribe: vec![self.id(*less)],
            }
            .into(),
            What::TextSetup => text::Request::Setup.into(),
            What::TextAnswer => text::Request::Answer {
                answer: "sdp".to_owned(),
            }
            .into(),
            What::TextJoin(name) => text_join(&name.to_string()).into(),
            What::TextSend(to) => text::Request::Send {
                text: "hi".to_owned(),
                to: to.map(|name| vec![name.to_string()]),
            }
            .into(),
            What::TextLeave => text::Request::Leave.into(),
            What::HangUp => Ask::HangUp,
            What::Detach => Ask::Detach,
            What::Write => Ask::Text(text::Request::Write("hi".to_owned())),
        }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Ask(line, key, what) => {
                let ask = self.ask_of(what);
                self.ask(*line, *key, ask);
            }
            Act::Media(choice, what) => self.media(*choice, *what),
            Act::SessionEnd(line, session) => {
                self.call
                    .handle_session_end(LineId(*line), *session, LeftReason::Left, self.now);
                let of_it =
                    |holder: &(u64, HandleKey)| (holder.0, holder.1.session) == (*line, *session);
                self.forget(of_it);
                self.removed.remove(&(*line, *session));
            }
            Act::LineEnd(line) => {
                self.call
                    .handle_line_end(LineId(*line), LeftReason::Left, self.now);
                self.lines.remove(line);
                self.removed.retain(|(of, _)| of != line);
                self.forget(|holder| holder.0 == *line);
            }
            Act::Line(line) => {
                self.call.handle_line(LineId(*line), self.now);
                self.lines.insert(*line);
            }
            Act::Resize(max) => {
                self.call.handle_room_change(*max);
                self.max = *max;
            }
            Act::Wait(secs) => {
                self.now = self.now.saturating_add_secs(*secs);
                self.call.handle_timeout(self.now);
                self.drain();
                // Whoever is here has been here for as long.
                if *secs >= 30 {
                    assert_eq!(self.call.people(), self.present.len(), "not on record");
                }
            }
            Act::MediaFull(is_full) => self.call.media().is_full = *is_full,
            Act::Kick(choice) => {
                if let Some(id) = self.person(*choice) {
                    self.call.handle_kick(&[id], self.now);
                    self.drain();
                    assert!(!self.present.contains_key(&id), "{id} is still there");
                }
            }
            Act::Mute(choice, muted) => {
                if let Some(id) = self.person(*choice) {
                    self.call.handle_mute(&[id], *muted);
                    self.present.insert(id, *muted);
                }
            }
            Act::End => {
                self.call.handle_end(false, self.now);
                assert_eq!(self.call.people(), 0);
            }
        }
    }

    fn person(&self, choice: usize) -> Option<ParticipantId> {
        let mut present = self.present.keys();
        present.nth(choice % present.len().max(1)).copied()
    }

    fn forget(&mut self, gone: impl Fn(&(u64, HandleKey)) -> bool) {
        self.held.retain(|_, holder| !gone(holder));
    }

    fn ask(&mut self, line: u64, key: HandleKey, ask: Ask) {
        self.asked += 1;
        let transaction = self.asked.to_string();
        let replied = !matches!(
            ask,
            Ask::HangUp | Ask::Detach | Ask::Text(text::Request::Write(_))
        );
        if ask == Ask::Detach {
            self.forget(|holder| *holder == (line, key));
        }
        let before = self.call.people();
        let may_take_time = matches!(ask, Ask::Video(video::Request::Update { .. }));
        self.call
            .handle_ask(LineId(line), key, transaction.clone(), ask, self.now);
        assert!(self.call.people() <= before.max(self.max));
        if !replied || !self.lines.contains(&line) {
            return;
        }
        if self.removed.contains(&(line, key.session)) {
            assert_eq!(self.call.poll_news(), None, "told to whom was sent out");
            return;
        }
        let Some((to, news)) = self.call.poll_news() else {
            assert!(may_take_time, "no reply");
            self.unanswered.insert(transaction, (line, key));
            return;
        };
        let LineNews::Told(told) = news else {
            panic!("{news:?}");
        };
        assert_eq!((to.0, told.handle), (line, key));
        assert_eq!(told.reply_to, Some(transaction));
        let joined = match told.news {
            News::Audio(audio::Event::Joined { id, .. })
            | News::Video(video::Event::Joined { id, .. }) => Some(id),
            News::Audio(audio::Event::Left(_)) | News::Video(video::Event::Left) => {
                self.forget(|holder| *holder == (line, key));
                None
            }
            News::Refused(_) => {
                assert_eq!(
                    self.call.poll_news(),
                    None,
                    "a refusal is told to nobody else"
                );
                None
            }
            News::Audio(_)
            | News::Video(_)
            | News::Text(_)
            | News::MediaUp
            | News::MediaDown(_) => None,
        };
        if let Some(id) = joined {
            assert!(id.0 > 0 && id.0 < 1 << 53);
            let other = self.held.insert(id, (line, key));
            assert_eq!(other, None, "an id was given twice");
            self.ids.push(id);
        }
    }

    fn media(&mut self, choice: usize, what: u8) {
        let open: Vec<PeerId> = self.call.media().open.keys().copied().collect();
        let Some(peer) = open.get(choice % open.len().max(1)).copied() else {
            return;
        };
        let mut end = |end| {
            self.call.media().open.remove(&peer);
            MediaEvent::Ended(peer, end)
        };
        let event = match what % 9 {
            0..=2 => MediaEvent::Connected(peer),
            3 => end(PeerEnd::TimedOut),
            4 => end(PeerEnd::ClosedByPeer),
            5 => MediaEvent::Talking(peer, what > 127),
            6 => MediaEvent::TextOpened(peer),
            7 => MediaEvent::Offer(peer, (what > 127).then(|| "sdp".to_owned())),
            _ => MediaEvent::Text(peer, "{}".to_owned()),
        };
        self.call.handle_media(event, self.now);
    }

    /// Takes all notes, and looks at them.
    fn read(&mut self) {
        while let Some(note) = self.call.poll_note() {
            match note {
                Note::Joined { participant, .. } => {
                    let before = self.present.insert(participant, false);
                    assert_eq!(before, None, "joined twice");
                    self.joins += 1;
                }
                Note::Changed { participant, .. } => {
                    assert!(
                        self.present.contains_key(&participant),
                        "changed, not there"
                    );
                }
                Note::Left { participant, .. } => {
                    let before = self.present.remove(&participant);
                    assert!(before.is_some(), "left, not there");
                    self.leaves += 1;
                }
            }
        }
        let present = self.call.present();
        assert_eq!(present.len(), self.present.len());
        for one in present {
            assert!(self.present.contains_key(&one.participant));
        }
    }

    /// Nobody who is muted is heard; nobody who was sent out is there at all.
    fn look_at_media(&mut self) {
        let open = self.call.media().open.clone();
        for (peer, kind) in open {
            let seat = self.call.desk.seat_of(peer).unwrap();
            let session = (seat.line.0, seat.key.session);
            assert!(
                !self.removed.contains(&session),
                "media of whom was sent out"
            );
            let speaks = matches!(kind, Kind::Publisher | Kind::MixLeg);
            if speaks && self.call.desk.is_silenced(seat.session()) {
                assert!(
                    self.call.media().silent.contains(&peer),
                    "a muted one is heard"
                );
            }
        }
        for (id, muted) in &self.present {
            let session = self.call.people.find(*id).unwrap();
            assert!(!muted || self.call.desk.is_silenced(session));
        }
    }

    /// Takes all news, and looks at it.
    fn drain(&mut self) {
        self.read();
        while let Some((line, news)) = self.call.poll_news() {
            let told = match news {
                LineNews::Told(told) => told,
                LineNews::Ping => continue,
                LineNews::Vanished(session) | LineNews::Removed(session, _) => {
                    self.forget(|holder| (holder.0, holder.1.session) == (line.0, session));
                    if matches!(news, LineNews::Removed(..)) {
                        self.removed.insert((line.0, session));
                        let of_it = |_: &String, asked: &mut (u64, HandleKey)| {
                            (asked.0, asked.1.session) != (line.0, session)
                        };
                        self.unanswered.retain(of_it);
                    }
                    continue;
                }
            };
            if let Some(transaction) = &told.reply_to {
                let waits = self.unanswered.remove(transaction);
                assert_eq!(
                    waits,
                    Some((line.0, told.handle)),
                    "a second reply: {told:?}"
                );
            }
            assert!(self.lines.contains(&line.0), "told to nobody: {told:?}");
            let session = (line.0, told.handle.session);
            assert!(!self.removed.contains(&session), "told after: {told:?}");
            if let News::Audio(audio::Event::Leaving(id))
            | News::Video(video::Event::Leaving(id) | video::Event::Unpublished(id)) = told.news
            {
                assert_ne!(self.held.get(&id), Some(&(line.0, told.handle)));
            }
        }
    }

    fn end(&mut self) {
        for line in 1..=LINES {
            self.act(&Act::LineEnd(line));
            self.drain();
        }
        assert_eq!(self.joins, self.leaves);
        assert_eq!(self.call.people(), 0);
        assert_eq!(self.call.streams(), 0);
        assert_eq!(self.call.media().open, BTreeMap::new());
        assert_eq!(self.call.deadline(), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        rng_seed: prop::test_runner::RngSeed::Fixed(0x600d_5eed),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_call_keeps_its_promises(acts in prop::collection::vec(act(), 1..200)) {
        let mut world = World::new();
        for line in 1..LINES {
            world.act(&Act::Line(line));
        }
        for act in &acts {
            world.act(act);
            world.drain();
            world.look_at_media();
        }
        world.end();
    }
}
