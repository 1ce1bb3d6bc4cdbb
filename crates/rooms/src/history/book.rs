//! Which meetings go on and who is in them, as a pure function of what the calls tell and of time.
//!
//! Whatever changes comes out as an [`Entry`], in the order in which it happened: a session starts
//! before anybody joins it, everybody has left it before it ends, and nothing comes after its end.

mod entry;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use greenroom_domain::participant::{Left, LeftReason, Participant};
use greenroom_domain::session::{EndReason, Ended, Session};
use greenroom_domain::{Entropy, ParticipantId, RoomId, SessionId, Timestamp};

use super::{Note, RoomRef};
pub use entry::{Change, Entry};
pub(super) use entry::{joined, left, session_ended, started};

/// How long after a server was last alive its sessions may be taken up again, in seconds: a restart
/// takes minutes at most, and yesterday's meeting is another one.
const RESUME_MAX_SECS: i64 = 3_600;

/// An active session and those who are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The session as it was when it began.
    pub session: Session,
    /// Who is in it, with what was said about them and since when.
    pub present: BTreeMap<ParticipantId, Presence>,
    /// While nobody is in: when the last one left, when the session ends, and why.
    vacancy: Option<Vacancy>,
}

/// Somebody who is in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// What the application says about it.
    pub context: Option<String>,
    /// Since when.
    pub joined_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Vacancy {
    since: Timestamp,
    until: Timestamp,
    reason: EndReason,
}

impl Meeting {
    pub(super) fn room(&self) -> RoomRef {
        RoomRef {
            room_id: self.session.room_id,
            account_id: self.session.account_id,
        }
    }
}

/// The active sessions of all rooms, bounded by the connections there are and by those that went in
/// one grace.
#[derive(Debug)]
pub struct Book {
    grace_secs: i64,
    meetings: HashMap<RoomId, Meeting>,
    /// The rooms where nobody is in, by the end of their session.
    vacant: BTreeSet<(Timestamp, RoomId)>,
    present: usize,
    entries: VecDeque<Entry>,
}

impl Book {
    /// A book without sessions. A session goes on for `grace_secs` after the last one left.
    pub fn new(grace_secs: u32) -> Self {
        Self {
            grace_secs: i64::from(grace_secs),
            meetings: HashMap::new(),
            vacant: BTreeSet::new(),
            present: 0,
            entries: VecDeque::new(),
        }
    }

    /// Takes up a session that was active when the server was last alive. Whoever was in it has left;
    /// it ends as stale unless somebody comes back in time.
    pub fn resume(
        &mut self,
        session: Session,
        present: Vec<Participant>,
        last_alive: Option<Timestamp>,
        now: Timestamp,
        ids: &dyn Entropy,
    ) {
        let since = last_alive.map_or(session.updated_at, |alive| alive.max(session.updated_at));
        let since = if present.is_empty() {
            session.updated_at
        } else {
            since
        };
        for Participant {
            id,
            context,
            joined_at,
            ..
        } in present
        {
            let presence = Presence { context, joined_at };
            let how = Left {
                at: since,
                reason: LeftReason::Stale,
            };
            self.entries
                .push_back(left(&session, id, presence, how, ids));
        }
        if self.meetings.contains_key(&session.room_id) {
            // A room has one active session at most, and this is the older one.
            let reason = EndReason::Stale;
            self.entries
                .push_back(session_ended(&session, Ended { at: since, reason }, ids));
            return;
        }
        let too_late = now > since.saturating_add_secs(RESUME_MAX_SECS);
        let grace_secs = if too_late { 0 } else { self.grace_secs };
        let vacancy = Vacancy {
            since,
            until: now.saturating_add_secs(grace_secs),
            reason: EndReason::Stale,
        };
        self.vacant.insert((vacancy.until, session.room_id));
        let meeting = Meeting {
            session,
            present: BTreeMap::new(),
            vacancy: Some(vacancy),
        };
        self.meetings.insert(session.room_id, meeting);
    }

    /// Takes a note of a call.
    pub fn note(&mut self, room: RoomRef, note: Note, ids: &dyn Entropy) {
        match note {
            Note::Joined {
                participant,
                context,
                at,
            } => self.join(room, participant, context, at, ids),
            Note::Changed {
                participant,
                context,
                at,
            } => self.change(room.room_id, participant, context, at),
            Note::Left {
                participant,
                reason,
                at,
            } => self.leave(room.room_id, participant, Left { at, reason }, ids),
        }
    }

    /// Ends the session `session_id` of a room; `false` if it is not the room's active one. Whoever is
    /// still in joined after this was decided, and goes on in a session of its own.
    pub fn end(
        &mut self,
        room_id: RoomId,
        session_id: SessionId,
        ended: Ended,
        ids: &dyn Entropy,
    ) -> bool {
        if self.session(room_id) != Some(session_id) {
            return false;
        }
        let Some(meeting) = self.meetings.get(&room_id) else {
            return false;
        };
        let (room, late) = (meeting.room(), meeting.present.clone());
        self.close(room_id, LeftReason::SessionEnded, ended, ids);
        for (participant, Presence { context, .. }) in late {
            self.join(room, participant, context, ended.at, ids);
        }
        true
    }

    /// Ends the session of a room that is deleted.
    pub fn end_room(&mut self, room_id: RoomId, at: Timestamp, ids: &dyn Entropy) {
        let reason = EndReason::RoomDeleted;
        self.close(room_id, LeftReason::RoomDeleted, Ended { at, reason }, ids);
    }

    /// The server stops: everybody leaves, and the sessions wait for its next start.
    pub fn leave_all(&mut self, at: Timestamp, ids: &dyn Entropy) {
        let rooms: Vec<RoomId> = self.meetings.keys().copied().collect();
        for room_id in rooms {
            self.leave_room(room_id, LeftReason::Stale, at, ids);
        }
    }

    /// Ends the sessions whose time is over at `now`.
    pub fn handle_timeout(&mut self, now: Timestamp, ids: &dyn Entropy) {
        while let Some(&(until, room_id)) = self.vacant.first()
            && until <= now
        {
            let vacancy = self.meetings.get(&room_id).and_then(|room| room.vacancy);
            let Some(Vacancy { since, reason, .. }) = vacancy else {
                self.vacant.pop_first();
                continue;
            };
            let ended = Ended { at: since, reason };
            self.close(room_id, LeftReason::Left, ended, ids);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do next.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.vacant.first().map(|(until, _)| *until)
    }

    /// The next change, oldest first.
    pub fn poll_entry(&mut self) -> Option<Entry> {
        self.entries.pop_front()
    }

    /// The active session of a room.
    pub fn session(&self, room_id: RoomId) -> Option<SessionId> {
        Some(self.meetings.get(&room_id)?.session.id)
    }

    /// All active sessions and who is in them.
    pub fn meetings(&self) -> impl Iterator<Item = &Meeting> {
        self.meetings.values()
    }

    /// How many sessions are active.
    pub fn sessions(&self) -> usize {
        self.meetings.len()
    }

    /// How many people are in sessions.
    pub const fn present(&self) -> usize {
        self.present
    }

    fn join(
        &mut self,
        room: RoomRef,
        participant: ParticipantId,
        context: Option<String>,
        at: Timestamp,
        ids: &dyn Entropy,
    ) {
        let RoomRef {
            room_id,
            account_id,
        } = room;
        let entries = &mut self.entries;
        let meeting = self.meetings.entry(room_id).or_insert_with(|| {
            let session = Session::start(SessionId::random(ids), room_id, account_id, at);
            entries.push_back(started(session, ids));
            Meeting {
                session,
                present: BTreeMap::new(),
                vacancy: None,
            }
        });
        if meeting.present.contains_key(&participant) {
            self.change(room_id, participant, context, at);
            return;
        }
        if let Some(vacancy) = meeting.vacancy.take() {
            self.vacant.remove(&(vacancy.until, room_id));
        }
        let presence = Presence {
            context,
            joined_at: at,
        };
        entries.push_back(joined(&meeting.session, participant, presence.clone(), ids));
        meeting.present.insert(participant, presence);
        self.present += 1;
    }

    fn change(
        &mut self,
        room_id: RoomId,
        participant_id: ParticipantId,
        context: Option<String>,
        at: Timestamp,
    ) {
        let Some(meeting) = self.meetings.get_mut(&room_id) else {
            return;
        };
        let (room, session_id) = (meeting.room(), meeting.session.id);
        let Some(presence) = meeting.present.get_mut(&participant_id) else {
            return;
        };
        if presence.context == context {
            return;
        }
        presence.context.clone_from(&context);
        self.entries.push_back(Entry {
            room,
            change: Change::Changed {
                session_id,
                participant_id,
                context,
                at,
            },
            event: None,
        });
    }

    fn leave(&mut self, room_id: RoomId, participant: ParticipantId, how: Left, ids: &dyn Entropy) {
        let Some(meeting) = self.meetings.get_mut(&room_id) else {
            return;
        };
        let Some(presence) = meeting.present.remove(&participant) else {
            return;
        };
        self.present -= 1;
        self.entries
            .push_back(left(&meeting.session, participant, presence, how, ids));
        if !meeting.present.is_empty() {
            return;
        }
        let vacancy = Vacancy {
            since: how.at,
            until: how.at.saturating_add_secs(self.grace_secs),
            reason: EndReason::Empty,
        };
        meeting.vacancy = Some(vacancy);
        self.vacant.insert((vacancy.until, room_id));
        if self.grace_secs == 0 {
            let ended = Ended {
                at: how.at,
                reason: EndReason::Empty,
            };
            self.close(room_id, how.reason, ended, ids);
        }
    }

    fn leave_room(
        &mut self,
        room_id: RoomId,
        reason: LeftReason,
        at: Timestamp,
        ids: &dyn Entropy,
    ) {
        let Some(meeting) = self.meetings.get_mut(&room_id) else {
            return;
        };
        let present = std::mem::take(&mut meeting.present);
        if present.is_empty() {
            return;
        }
        self.present -= present.len();
        for (participant, presence) in present {
            self.entries.push_back(left(
                &meeting.session,
                participant,
                presence,
                Left { at, reason },
                ids,
            ));
        }
        let vacancy = Vacancy {
            since: at,
            until: at.saturating_add_secs(self.grace_secs),
            reason: EndReason::Stale,
        };
        meeting.vacancy = Some(vacancy);
        self.vacant.insert((vacancy.until, room_id));
    }

    /// Ends the session of a room, if it has one, with all who are in it.
    fn close(&mut self, room_id: RoomId, why_left: LeftReason, ended: Ended, ids: &dyn Entropy) {
        self.leave_room(room_id, why_left, ended.at, ids);
        let Some(meeting) = self.meetings.remove(&room_id) else {
            return;
        };
        if let Some(vacancy) = meeting.vacancy {
            self.vacant.remove(&(vacancy.until, room_id));
        }
        self.entries
            .push_back(session_ended(&meeting.session, ended, ids));
    }
}
