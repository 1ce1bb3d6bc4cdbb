//! The room's call around the connection: asks go to it, and its news come back.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use greenroom_domain::participant::LeftReason;
use greenroom_domain::{ParticipantId, Timestamp};
use greenroom_media::{MediaEvent, PeerEnd, PeerId};
use greenroom_rooms::call::{Ask, Call, HandleKey, LineId, LineNews, Patience, Transaction, text};
use serde_json::Value;

use super::Counter;
use super::gate::START;
use super::media::PaperMedia;

const LINE: LineId = LineId(0);

/// People that the room holds: fewer than the sessions that one connection may open.
const SIZE: usize = 3;

/// The one connection's room.
pub(super) struct House {
    call: Call<PaperMedia>,
    /// How many replies each ask is still owed.
    owed: BTreeMap<(HandleKey, Transaction), usize>,
    news: VecDeque<LineNews>,
}

impl House {
    pub(super) fn new() -> Self {
        let entropy = Arc::new(Counter::default());
        let mut call = Call::new(PaperMedia::default(), entropy, SIZE, Patience::default());
        call.handle_line(LINE, START);
        Self {
            call,
            owed: BTreeMap::new(),
            news: VecDeque::new(),
        }
    }

    pub(super) fn ask(
        &mut self,
        handle: HandleKey,
        transaction: Transaction,
        ask: Ask,
        now: Timestamp,
    ) {
        let silent = matches!(
            ask,
            Ask::Detach | Ask::HangUp | Ask::Text(text::Request::Write(_))
        );
        if !silent {
            *self.owed.entry((handle, transaction.clone())).or_default() += 1;
        }
        self.call.handle_ask(LINE, handle, transaction, ask, now);
        self.collect();
    }

    pub(super) fn end_session(&mut self, session: u64, now: Timestamp) {
        self.call
            .handle_session_end(LINE, session, LeftReason::Left, now);
        // Who has ended is owed nothing.
        self.owed.retain(|(handle, _), _| handle.session != session);
        self.collect();
    }

    /// Something happens to a media connection, if it is there.
    pub(super) fn happen(&mut self, what: &str, peer: u64, text: &str, now: Timestamp) {
        let peer = PeerId(peer);
        let media = self.call.media();
        if !media.open.contains(&peer) {
            return;
        }
        let event = match what {
            "up" => MediaEvent::Connected(peer),
            "talk" => MediaEvent::Talking(peer, true),
            "text" => MediaEvent::Text(peer, text.to_owned()),
            "offer" if media.updating.remove(&peer) => {
                MediaEvent::Offer(peer, Some("v=0".to_owned()))
            }
            "down" => {
                media.open.remove(&peer);
                MediaEvent::Ended(peer, PeerEnd::TimedOut)
            }
            _ => return,
        };
        self.call.handle_media(event, now);
        self.collect();
    }

    /// An operator does something to everybody, if it is that.
    pub(super) fn moderate(&mut self, what: &str, now: Timestamp) -> bool {
        let who: Vec<ParticipantId> = self
            .call
            .present()
            .iter()
            .map(|present| present.participant)
            .collect();
        match what {
            "kick" => self.call.handle_kick(&who, now),
            "mute" => self.call.handle_mute(&who, true),
            "unmute" => self.call.handle_mute(&who, false),
            "end" => self.call.handle_end(false, now),
            _ => return false,
        }
        self.collect();
        true
    }

    /// The next that the connection is to be told.
    pub(super) fn poll(&mut self) -> Option<LineNews> {
        self.news.pop_front()
    }

    fn collect(&mut self) {
        while let Some((_, news)) = self.call.poll_news() {
            if let LineNews::Told(told) = &news
                && let Some(transaction) = &told.reply_to
            {
                let key = (told.handle, transaction.clone());
                let owed = self.owed.entry(key).or_default();
                assert!(*owed > 0, "a reply that was not asked for");
                *owed -= 1;
            }
            self.news.push_back(news);
        }
        for text in self.call.media().written.drain(..) {
            let said: Value = serde_json::from_str(&text).unwrap();
            assert!(said["textroom"].is_string(), "{text}");
        }
    }

    /// What has to be true when nobody has a session.
    pub(super) fn check_empty(&mut self) {
        assert_eq!(self.call.people(), 0, "people without a session");
        assert!(self.call.media().open.is_empty(), "media without a session");
    }
}
