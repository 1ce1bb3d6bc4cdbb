//! People who come back by another connection before their old one is missed.
//!
//! A browser whose network is gone makes a new room object as soon as it has another one. It comes with a
//! token of the same family, and its old self is still in the room: a ghost, until the silence has been long
//! enough. So whoever joins and could be somebody's return waits until that one has said that it is there: its
//! connection is pinged, and its media asked for. A second tab answers at once, and both stay. Who does not
//! answer is put out before the newcomer joins; so nobody ever sees both, and a full room has a place.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use greenroom_domain::Timestamp;
use greenroom_domain::limits::ASKS_HELD_MAX;

use super::desk::SessionKey;
use super::machine::Asked;
use super::media::Media;
use super::{Ask, Call, LineId, Patience};

/// How often it is looked whether somebody who was asked has answered: soon enough for nobody to notice.
const LOOK_EVERY_MICROS: i64 = 50_000;

/// How long the media thread has to answer. One that takes longer has too much to do to tell anything, and so
/// who was asked about stays.
const MEDIA_ANSWERS_SECS: i64 = 2;

/// Those who may be ghosts, and who waits for that.
pub(super) struct Returns {
    patience: Patience,
    doubts: BTreeMap<SessionKey, Doubt>,
    waiting: BTreeMap<SessionKey, Waiting>,
    questions: u64,
    looked_at: Timestamp,
}

/// Somebody who has to say that it is there.
struct Doubt {
    since: Timestamp,
    /// When its media is asked for, if nothing was heard.
    ask_at: Timestamp,
    asked: Option<Question>,
}

struct Question {
    number: u64,
    until: Timestamp,
}

/// A newcomer.
struct Waiting {
    for_whom: Vec<SessionKey>,
    asks: VecDeque<Asked>,
}

/// What is known of somebody who is doubted.
enum Verdict {
    Open,
    Alive,
    Ghost,
}

impl Returns {
    pub(super) const fn new(patience: Patience) -> Self {
        Self {
            patience,
            doubts: BTreeMap::new(),
            waiting: BTreeMap::new(),
            questions: 0,
            looked_at: Timestamp::from_unix_micros(0),
        }
    }

    /// A session has ended: what it wanted is of no interest any more.
    pub(super) fn forget(&mut self, session: SessionKey) {
        self.waiting.remove(&session);
    }

    /// A connection has ended.
    pub(super) fn forget_line(&mut self, line: LineId) {
        self.waiting.retain(|session, _| session.line != line);
    }

    /// When to look again.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let look = self.looked_at.saturating_add_micros(LOOK_EVERY_MICROS);
        (!self.doubts.is_empty()).then_some(look)
    }

    /// Takes out the asks of those who have nobody to wait for any more.
    fn take_released(&mut self) -> Vec<Asked> {
        let mut released = Vec::new();
        let doubts = &self.doubts;
        self.waiting.retain(|_, waiting| {
            waiting.for_whom.retain(|who| doubts.contains_key(who));
            if waiting.for_whom.is_empty() {
                released.extend(waiting.asks.drain(..));
            }
            !waiting.for_whom.is_empty()
        });
        let waiting = &self.waiting;
        self.doubts
            .retain(|who, _| waiting.values().any(|it| it.for_whom.contains(who)));
        released
    }
}

impl<M: Media> Call<M> {
    /// Keeps an ask until it is known whether somebody is a ghost; gives it back if there is nothing to wait
    /// for.
    pub(super) fn hold_back(&mut self, asked: Asked, now: Timestamp) -> Option<Asked> {
        let session = asked.seat.session();
        if let Some(waiting) = self.returns.waiting.get_mut(&session) {
            if waiting.asks.len() < ASKS_HELD_MAX {
                waiting.asks.push_back(asked);
                return None;
            }
            // Who does not wait is not waited for.
            let waited = self.returns.waiting.remove(&session);
            for earlier in waited.into_iter().flat_map(|it| it.asks) {
                self.take_ask(earlier, now);
            }
            return Some(asked);
        }
        let for_whom = self.whom_to_doubt(session, &asked.ask);
        if for_whom.is_empty() {
            return Some(asked);
        }
        for who in &for_whom {
            self.doubt(*who, now);
        }
        let asks = VecDeque::from([asked]);
        let waiting = Waiting { for_whom, asks };
        self.returns.waiting.insert(session, waiting);
        None
    }

    /// Who may be the ghost of the one who asks. That is looked for when it says who it is, as it joins; and
    /// before, if the room is full.
    fn whom_to_doubt(&self, session: SessionKey, ask: &Ask) -> Vec<SessionKey> {
        if !ask.joins() || self.returns.patience.return_check_secs == 0 {
            return Vec::new();
        }
        let (is_person, is_known) = self.people.standing_of(session);
        let said = ask.introduces();
        let needs_place = !is_person && self.people.is_full();
        if is_known || (said.is_none() && !needs_place) {
            return Vec::new();
        }
        let context = said.and_then(|said| said.context);
        self.people.predecessors(session, context.as_deref())
    }

    fn doubt(&mut self, who: SessionKey, now: Timestamp) {
        if self.returns.doubts.contains_key(&who) {
            return;
        }
        let Patience {
            silence_secs,
            return_check_secs,
        } = self.returns.patience;
        let heard_at = self.people.person_heard_at(who).unwrap_or(now);
        // One that is so silent was pinged already, and has not answered.
        let is_silent = now >= heard_at.saturating_add_secs(silence_secs);
        let wait_secs = if is_silent { 0 } else { return_check_secs };
        self.desk.ping(who.line);
        let doubt = Doubt {
            since: now,
            ask_at: now.saturating_add_secs(wait_secs),
            asked: None,
        };
        self.returns.doubts.insert(who, doubt);
    }

    /// Puts ghosts out, and lets those in who have waited for that.
    pub(super) fn settle_doubts(&mut self, now: Timestamp) {
        if self.returns.doubts.is_empty() && self.returns.waiting.is_empty() {
            return;
        }
        self.returns.looked_at = now;
        let doubted: Vec<SessionKey> = self.returns.doubts.keys().copied().collect();
        for who in doubted {
            match self.verdict(who, now) {
                Verdict::Open => {}
                Verdict::Alive => self.settle_doubt(who, false, now),
                Verdict::Ghost => self.settle_doubt(who, true, now),
            }
        }
        self.release(now);
    }

    fn verdict(&mut self, who: SessionKey, now: Timestamp) -> Verdict {
        let heard_at = self.people.person_heard_at(who);
        let Some(doubt) = self.returns.doubts.get_mut(&who) else {
            return Verdict::Open;
        };
        match (heard_at, &doubt.asked) {
            (Some(heard_at), _) if heard_at > doubt.since => Verdict::Alive,
            (None, _) => Verdict::Alive,
            (Some(_), Some(question)) if now >= question.until => Verdict::Alive,
            (Some(_), Some(_)) => Verdict::Open,
            (Some(_), None) if now < doubt.ask_at => Verdict::Open,
            (Some(_), None) => {
                let peers = self.desk.peers_of(who);
                if peers.is_empty() {
                    return Verdict::Ghost;
                }
                self.returns.questions += 1;
                let number = self.returns.questions;
                let until = now.saturating_add_secs(MEDIA_ANSWERS_SECS);
                doubt.asked = Some(Question { number, until });
                self.desk.media.ask_silence(peers, number);
                Verdict::Open
            }
        }
    }

    /// The media thread says how long nothing was heard of somebody.
    pub(super) fn note_silence(
        &mut self,
        question: u64,
        silence: Option<Duration>,
        now: Timestamp,
    ) {
        let is_it = |doubt: &Doubt| doubt.asked.as_ref().is_some_and(|it| it.number == question);
        let mut doubts = self.returns.doubts.iter();
        let Some(who) = doubts.find(|(_, doubt)| is_it(doubt)).map(|(who, _)| *who) else {
            return;
        };
        let check_secs = self.returns.patience.return_check_secs;
        let limit = Duration::from_secs(u64::try_from(check_secs).unwrap_or_default());
        self.settle_doubt(who, silence.is_none_or(|silence| silence >= limit), now);
        self.release(now);
    }

    fn settle_doubt(&mut self, who: SessionKey, is_ghost: bool, now: Timestamp) {
        self.returns.doubts.remove(&who);
        if is_ghost {
            self.give_up(who, now);
            self.settle(now);
        }
    }

    fn release(&mut self, now: Timestamp) {
        for asked in self.returns.take_released() {
            if !self.people.is_removed(asked.seat.session()) {
                self.take_ask(asked, now);
            }
        }
    }
}
