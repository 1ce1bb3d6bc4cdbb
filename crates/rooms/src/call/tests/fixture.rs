//! A call on a scripted media engine, and hands to play with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use greenroom_domain::participant::LeftReason;
use greenroom_domain::{Entropy, Timestamp};
use greenroom_media::{MediaEvent, PeerId};

pub(crate) use super::requests::{
    audio_join, publish, refused, rename, start, subscribe, text_join, video_join,
};
pub(crate) use super::scripted_media::{BAD, FATAL, Kind, ScriptedMedia};
use crate::call::{
    Ask, Call, HandleKey, LegId, LineId, LineNews, News, Patience, Removal, Told, audio, text,
    video,
};
use crate::history::Note;

pub(crate) const NOW: Timestamp = Timestamp::from_unix_secs(1_700_000_000);

/// Random numbers that make the ids 1, 2, 3 and so on, and UUIDs in a count of their own.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    ids: AtomicU64,
    uuids: AtomicU64,
}

impl Entropy for Counting {
    fn fill(&self, out: &mut [u8]) {
        if let Ok(uuid) = <&mut [u8; 16]>::try_from(&mut *out) {
            let number = u128::from(self.uuids.fetch_add(1, Ordering::Relaxed) + 1);
            *uuid = number.to_be_bytes();
            return;
        }
        let number = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        for (byte, source) in out.iter_mut().zip((number << 11).to_le_bytes()) {
            *byte = source;
        }
    }
}

/// A push, as a test looks at it: line, handle, what.
pub(crate) type Push = (u64, u64, News);

/// A call, its lines and what they were told.
pub(crate) struct Stage {
    pub(crate) call: Call<ScriptedMedia>,
    pub(crate) now: Timestamp,
    asked: u64,
    pushes: Vec<Push>,
    pub(crate) pinged: Vec<u64>,
    pub(crate) vanished: Vec<(u64, u64)>,
    pub(crate) removed: Vec<(u64, u64, Removal)>,
    notes: Vec<Note>,
    /// Replies that came later than at once.
    pub(crate) late_replies: Vec<News>,
}

/// The session that a line has in most tests.
pub(crate) const SESSION: u64 = 7;

impl Stage {
    pub(crate) fn new(max_participants: usize) -> Self {
        let entropy = Arc::new(Counting::default());
        Self {
            call: Call::new(
                ScriptedMedia::default(),
                entropy,
                max_participants,
                Patience::default(),
            ),
            now: NOW,
            asked: 0,
            pushes: Vec::new(),
            pinged: Vec::new(),
            vanished: Vec::new(),
            removed: Vec::new(),
            notes: Vec::new(),
            late_replies: Vec::new(),
        }
    }

    /// A room of ten, with lines 1 to `lines`.
    pub(crate) fn with_lines(lines: u64) -> Self {
        let mut stage = Self::new(10);
        for line in 1..=lines {
            stage.call.handle_line(LineId(line), NOW);
        }
        stage
    }

    pub(crate) fn ask(&mut self, line: u64, handle: u64, ask: impl Into<Ask>) -> News {
        self.ask_in(line, SESSION, handle, ask)
    }

    /// Asks, and gives the one reply; what else was told is kept as pushes.
    pub(crate) fn ask_in(
        &mut self,
        line: u64,
        session: u64,
        handle: u64,
        ask: impl Into<Ask>,
    ) -> News {
        self.drain();
        self.asked += 1;
        let transaction = format!("t{}", self.asked);
        let key = HandleKey { session, handle };
        let (line, ask) = (LineId(line), ask.into());
        self.call
            .handle_ask(line, key, transaction.clone(), ask, self.now);
        let (to, first) = self.call.poll_news().expect("a reply");
        let LineNews::Told(Told {
            handle,
            reply_to,
            news,
        }) = first
        else {
            panic!("not a reply: {first:?}");
        };
        assert_eq!((to, handle, reply_to), (line, key, Some(transaction)));
        self.drain();
        news
    }

    /// Asks for what is not replied to, or not at once.
    pub(crate) fn tell(&mut self, line: u64, handle: u64, ask: Ask) {
        let key = HandleKey {
            session: SESSION,
            handle,
        };
        self.call
            .handle_ask(LineId(line), key, "later".to_owned(), ask, self.now);
        self.drain();
    }

    pub(crate) fn media(&mut self, event: MediaEvent) {
        match &event {
            MediaEvent::Ended(peer, _) => {
                self.call.media().open.remove(peer);
            }
            MediaEvent::Lost => {
                self.call.media().open.clear();
                self.call.media().is_lost = true;
            }
            MediaEvent::Connected(_)
            | MediaEvent::FirstFrame(..)
            | MediaEvent::Offer(..)
            | MediaEvent::Silence(..)
            | MediaEvent::Talking(..)
            | MediaEvent::TextOpened(_)
            | MediaEvent::Text(..) => {}
        }
        self.call.handle_media(event, self.now);
        self.drain();
    }

    pub(crate) fn end_line(&mut self, line: u64) {
        self.call
            .handle_line_end(LineId(line), LeftReason::Left, self.now);
        self.drain();
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, secs: i64) {
        self.now = self.now.saturating_add_secs(secs);
        self.call.handle_timeout(self.now);
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        while let Some(note) = self.call.poll_note() {
            self.notes.push(note);
        }
        while let Some((line, news)) = self.call.poll_news() {
            match news {
                LineNews::Told(told) if told.reply_to.as_deref() == Some("later") => {
                    self.late_replies.push(told.news);
                }
                LineNews::Told(told) => {
                    assert_eq!(told.reply_to, None, "a second reply: {told:?}");
                    self.pushes.push((line.0, told.handle.handle, told.news));
                }
                LineNews::Ping => self.pinged.push(line.0),
                LineNews::Vanished(session) => self.vanished.push((line.0, session)),
                LineNews::Removed(session, why) => self.removed.push((line.0, session, why)),
            }
        }
    }

    /// The notes since this was asked last.
    pub(crate) fn notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// The pushes since this was asked last.
    pub(crate) fn pushes(&mut self) -> Vec<Push> {
        std::mem::take(&mut self.pushes)
    }

    /// The pushes that one handle got since this was asked last; the others are dropped.
    pub(crate) fn pushes_to(&mut self, line: u64, handle: u64) -> Vec<News> {
        let to_it = |(to, at, _): &Push| (*to, *at) == (line, handle);
        self.pushes()
            .into_iter()
            .filter(to_it)
            .map(|(_, _, news)| news)
            .collect()
    }

    /// Joins the mixed audio.
    pub(crate) fn join_audio(&mut self, line: u64, handle: u64) -> LegId {
        let joined = self.ask(line, handle, audio_join(&format!("{line}/{handle}")));
        let News::Audio(audio::Event::Joined { id, .. }) = joined else {
            panic!("{joined:?}");
        };
        id
    }

    /// Joins the mixed audio, and brings its media up.
    pub(crate) fn join_mix(&mut self, line: u64, handle: u64) -> (LegId, PeerId) {
        let id = self.join_audio(line, handle);
        let offer = audio::Request::Configure {
            display: None,
            muted: None,
            offer: Some("offer".to_owned()),
        };
        self.ask(line, handle, offer);
        let peer = self.last_peer();
        self.media(MediaEvent::Connected(peer));
        (id, peer)
    }

    /// Becomes a publisher.
    pub(crate) fn join_video(&mut self, line: u64, handle: u64) -> LegId {
        let joined = self.ask(line, handle, video_join(&format!("{line}/{handle}")));
        let News::Video(video::Event::Joined { id, .. }) = joined else {
            panic!("{joined:?}");
        };
        id
    }

    /// Becomes a publisher, and publishes.
    pub(crate) fn publish(&mut self, line: u64, handle: u64) -> (LegId, PeerId) {
        let id = self.join_video(line, handle);
        self.ask(line, handle, publish("vp8"));
        (id, self.last_peer())
    }

    /// Subscribes, up to the answer.
    pub(crate) fn subscribe(&mut self, line: u64, handle: u64, feed: LegId) -> PeerId {
        let attached = self.ask(line, handle, subscribe(&[feed], video::Flow::default()));
        assert!(
            matches!(attached, News::Video(video::Event::Attached { .. })),
            "{attached:?}"
        );
        let peer = self.last_peer();
        let started = self.ask(line, handle, start("answer"));
        assert_eq!(started, News::Video(video::Event::Started));
        peer
    }

    /// Opens a data channel and joins the messages.
    pub(crate) fn join_text(&mut self, line: u64, handle: u64, username: &str) -> PeerId {
        self.ask(line, handle, text::Request::Setup);
        let peer = self.last_peer();
        let answer = "answer".to_owned();
        self.ask(line, handle, text::Request::Answer { answer });
        self.media(MediaEvent::Connected(peer));
        self.media(MediaEvent::TextOpened(peer));
        let joined = self.ask(line, handle, text_join(username));
        assert!(
            matches!(joined, News::Text(text::Event::Joined(_))),
            "{joined:?}"
        );
        peer
    }

    /// The media connection that was opened last.
    pub(crate) fn last_peer(&mut self) -> PeerId {
        PeerId(self.call.media().made)
    }

    pub(crate) fn take_told(&mut self) -> Vec<String> {
        self.call.media().take_told()
    }
}
