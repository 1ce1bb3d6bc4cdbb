//! Who is in the room: lines, their sessions, which of those count as people, and who they are.

use std::collections::{BTreeMap, HashMap, VecDeque};

use greenroom_domain::limits::SESSIONS_PER_CONNECTION_MAX;
use greenroom_domain::participant::LeftReason;
use greenroom_domain::{Entropy, FamilyId, ParticipantId, Timestamp};

use super::desk::SessionKey;
use super::identity::Said;
use super::{LineId, Present, Refusal};
use crate::history::Note;

/// Seconds after which somebody who has a seat and does not say who it is is put on record all the
/// same. The browser SDK opens its data channel first, and is through with `connect()` in 30 s.
const UNKNOWN_MAX_SECS: i64 = 30;

/// Families that are remembered of a session; the oldest is forgotten first. An application that
/// replaces its tokens refreshes them, which keeps the family.
const FAMILIES_PER_SESSION_MAX: usize = 32;

struct Line {
    came_at: Timestamp,
    heard_at: Timestamp,
    sessions: BTreeMap<u64, Session>,
}

/// A session that has come with a token or has taken part; it is kept until its connection says
/// that it ended.
#[derive(Default)]
struct Session {
    standing: Standing,
    /// Those that its tokens are of, oldest first.
    families: Vec<FamilyId>,
    /// Who it is, once on record.
    known: Option<Known>,
    /// When it first took a seat.
    seated_at: Option<Timestamp>,
}

/// What a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Standing {
    /// It has no seat.
    #[default]
    Away,
    /// It has a seat on some board, and counts.
    Person {
        /// None of its media is up, since it timed out or has not come up yet: the line alone tells
        /// whether the person is there.
        media_down: bool,
    },
    /// It was given up, and waits for its connection to see that.
    Vanished,
    /// It was sent out, and waits for its connection to see that.
    Removed,
}

/// Whether a session counts.
pub(super) type IsPerson = bool;

/// Whether it is known who it is.
pub(super) type IsKnown = bool;

/// Who somebody is.
struct Known {
    /// The id on record.
    id: ParticipantId,
    /// The id that it says it has; another one if that was taken.
    said: Option<ParticipantId>,
    context: Option<String>,
    /// Whether it is on record as being there.
    here: bool,
}

impl Session {
    const fn is_person(&self) -> bool {
        matches!(self.standing, Standing::Person { .. })
    }

    /// When it is put on record without having said who it is.
    fn recorded_at(&self) -> Option<Timestamp> {
        let waits = self.is_person() && self.known.is_none();
        let since = self.seated_at.filter(|_| waits)?;
        Some(since.saturating_add_secs(UNKNOWN_MAX_SECS))
    }
}

pub(super) struct People {
    lines: BTreeMap<LineId, Line>,
    /// Those who are known, here or away.
    by_id: HashMap<ParticipantId, SessionKey>,
    max: usize,
    count: usize,
    is_closed: bool,
    silence_secs: i64,
    /// Drained after each step.
    notes: VecDeque<Note>,
}

impl People {
    pub(super) fn new(max: usize, silence_secs: i64) -> Self {
        Self {
            lines: BTreeMap::new(),
            by_id: HashMap::new(),
            max,
            count: 0,
            is_closed: false,
            silence_secs,
            notes: VecDeque::new(),
        }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    pub(super) const fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    /// Lets nobody in any more.
    pub(super) const fn close(&mut self) {
        self.is_closed = true;
    }

    /// The next that happened to people.
    pub(super) fn poll_note(&mut self) -> Option<Note> {
        self.notes.pop_front()
    }

    pub(super) fn add_line(&mut self, line: LineId, now: Timestamp) {
        let fresh = Line {
            came_at: now,
            heard_at: now,
            sessions: BTreeMap::new(),
        };
        self.lines.entry(line).or_insert(fresh);
    }

    /// Takes a line off, with its sessions.
    pub(super) fn remove_line(&mut self, line: LineId, reason: LeftReason, now: Timestamp) {
        let Some(gone) = self.lines.get(&line) else {
            return;
        };
        let sessions: Vec<u64> = gone.sessions.keys().copied().collect();
        for session in sessions {
            self.dismiss(SessionKey { line, session }, reason, now);
        }
        self.lines.remove(&line);
    }

    /// Notes that the line was heard of; `false` if there is no such line.
    pub(super) fn hear(&mut self, line: LineId, at: Timestamp) -> bool {
        let Some(line) = self.lines.get_mut(&line) else {
            return false;
        };
        line.heard_at = line.heard_at.max(at);
        true
    }

    /// Notes which family's token a session has.
    pub(super) fn add_family(&mut self, session: SessionKey, family: FamilyId) {
        let Some(line) = self.lines.get_mut(&session.line) else {
            return;
        };
        let is_full = line.sessions.len() >= SESSIONS_PER_CONNECTION_MAX;
        if is_full && !line.sessions.contains_key(&session.session) {
            return;
        }
        let families = &mut line.sessions.entry(session.session).or_default().families;
        families.retain(|known| *known != family);
        if families.len() >= FAMILIES_PER_SESSION_MAX {
            families.remove(0);
        }
        families.push(family);
    }

    /// Lets a session in that wants to take part, if it is not in.
    pub(super) fn admit(&mut self, session: SessionKey) -> Result<(), Refusal> {
        let is_full = self.is_full();
        let Some(line) = self.lines.get_mut(&session.line) else {
            return Err(Refusal::NotPossible);
        };
        let known = line.sessions.get(&session.session);
        match known.map(|session| session.standing) {
            Some(Standing::Person { .. }) => return Ok(()),
            Some(Standing::Vanished | Standing::Removed) => return Err(Refusal::NotPossible),
            None if line.sessions.len() >= SESSIONS_PER_CONNECTION_MAX => {
                return Err(Refusal::LimitReached);
            }
            Some(Standing::Away) | None => {}
        }
        if self.is_closed {
            return Err(Refusal::NotPossible);
        }
        if is_full {
            return Err(Refusal::RoomFull);
        }
        let session = line.sessions.entry(session.session).or_default();
        session.standing = Standing::Person { media_down: false };
        self.count += 1;
        Ok(())
    }

    /// Somebody who was let in has taken a seat.
    pub(super) fn seat(&mut self, key: SessionKey, now: Timestamp) {
        let Some(session) = self.session(key) else {
            return;
        };
        session.seated_at.get_or_insert(now);
        if let Some(known) = &mut session.known
            && !known.here
        {
            known.here = true;
            let note = joined(known, now);
            self.notes.push_back(note);
        }
    }

    /// Somebody says who it is. The first time it is put on record for that, later only another
    /// context of its own is noted.
    pub(super) fn introduce(
        &mut self,
        key: SessionKey,
        said: Said,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) {
        let Some(session) = self.session(key).filter(|session| session.is_person()) else {
            return;
        };
        let Some(known) = &mut session.known else {
            self.put_on_record(key, said, now, entropy);
            return;
        };
        let tells = known.said.is_none() || said.participant == known.said;
        let is_own = said.participant.is_some() && tells;
        if !is_own || said.context.is_none() || said.context == known.context {
            return;
        }
        known.context = said.context;
        let note = Note::Changed {
            participant: known.id,
            context: known.context.clone(),
            at: now,
        };
        self.notes.push_back(note);
    }

    /// Puts those on record who have had a seat for long enough without saying who they are.
    pub(super) fn record_unknown(&mut self, now: Timestamp, entropy: &dyn Entropy) {
        self.record(now, entropy, |at| at <= now);
    }

    /// Puts everybody on record who has a seat, whether it has said who it is or not.
    pub(super) fn record_all(&mut self, now: Timestamp, entropy: &dyn Entropy) {
        self.record(now, entropy, |_| true);
    }

    /// Puts those on record who are not, by when they would be.
    fn record(
        &mut self,
        now: Timestamp,
        entropy: &dyn Entropy,
        is_due: impl Fn(Timestamp) -> bool,
    ) {
        let due: Vec<SessionKey> = self
            .sessions()
            .filter(|(_, session)| session.recorded_at().is_some_and(&is_due))
            .map(|(key, _)| key)
            .collect();
        for key in due {
            self.put_on_record(key, Said::default(), now, entropy);
        }
    }

    fn put_on_record(
        &mut self,
        key: SessionKey,
        said: Said,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) {
        let wanted = said.participant.filter(|id| !self.by_id.contains_key(id));
        let mut id = wanted.unwrap_or_else(|| ParticipantId::random(entropy));
        while self.by_id.contains_key(&id) {
            id = ParticipantId::random(entropy);
        }
        let known = Known {
            id,
            said: said.participant,
            context: said.context,
            here: true,
        };
        let note = joined(&known, now);
        if let Some(session) = self.session(key) {
            session.known = Some(known);
            self.by_id.insert(id, key);
            self.notes.push_back(note);
        }
    }

    /// Forgets a session, whatever it was.
    pub(super) fn dismiss(&mut self, key: SessionKey, reason: LeftReason, now: Timestamp) {
        self.cease(key, Standing::Away, reason, now);
        self.forget_identity(key);
        if let Some(line) = self.lines.get_mut(&key.line) {
            line.sessions.remove(&key.session);
        }
    }

    /// A person has no seat any more.
    pub(super) fn leave(&mut self, key: SessionKey, now: Timestamp) {
        self.cease(key, Standing::Away, LeftReason::Left, now);
    }

    /// A person is given up: it counts no more, and may not take part again.
    pub(super) fn give_up(&mut self, key: SessionKey, now: Timestamp) {
        self.cease(key, Standing::Vanished, LeftReason::TimedOut, now);
        self.forget_identity(key);
    }

    /// A person is sent out: it counts no more, and may not take part again.
    pub(super) fn remove(&mut self, key: SessionKey, reason: LeftReason, now: Timestamp) {
        self.cease(key, Standing::Removed, reason, now);
        self.forget_identity(key);
    }

    /// Whoever is a person is one no more.
    fn cease(&mut self, key: SessionKey, then: Standing, reason: LeftReason, now: Timestamp) {
        let Some(session) = self.session(key).filter(|session| session.is_person()) else {
            return;
        };
        session.standing = then;
        let known = session.known.as_mut().filter(|known| known.here);
        let left = known.map(|known| {
            known.here = false;
            Note::Left {
                participant: known.id,
                reason,
                at: now,
            }
        });
        self.notes.extend(left);
        self.count -= 1;
    }

    fn forget_identity(&mut self, key: SessionKey) {
        let known = self.session(key).and_then(|session| session.known.take());
        if let Some(known) = known {
            self.by_id.remove(&known.id);
        }
    }

    /// Whether the session is in already, and on record.
    pub(super) fn standing_of(&self, key: SessionKey) -> (IsPerson, IsKnown) {
        let line = self.lines.get(&key.line);
        let session = line.and_then(|line| line.sessions.get(&key.session));
        session.map_or((false, false), |it| (it.is_person(), it.known.is_some()))
    }

    /// The family that a session came with first, and who it is, as far as that is known.
    pub(super) fn identity(&self, key: SessionKey) -> (Option<FamilyId>, Option<ParticipantId>) {
        let line = self.lines.get(&key.line);
        let session = line.and_then(|line| line.sessions.get(&key.session));
        session.map_or((None, None), |it| {
            let family = it.families.first().copied();
            (family, it.known.as_ref().map(|known| known.id))
        })
    }

    /// Whether nobody else gets in.
    pub(super) const fn is_full(&self) -> bool {
        self.count >= self.max
    }

    /// When a person's line was last heard of; `None` if it is none.
    pub(super) fn person_heard_at(&self, key: SessionKey) -> Option<Timestamp> {
        let line = self.lines.get(&key.line)?;
        line.sessions
            .get(&key.session)?
            .is_person()
            .then_some(line.heard_at)
    }

    /// People of whom a session may be the return: with a token of the same family, by another line that was
    /// not heard of since this one came, and not with another context.
    pub(super) fn predecessors(&self, key: SessionKey, context: Option<&str>) -> Vec<SessionKey> {
        let Some(line) = self.lines.get(&key.line) else {
            return Vec::new();
        };
        let own = line.sessions.get(&key.session);
        let families = own.map_or(&[][..], |session| &session.families);
        let is_one = |(other, session): &(SessionKey, &Session)| {
            let theirs = session.known.as_ref().and_then(|it| it.context.as_deref());
            let is_other = theirs.is_some() && context.is_some() && theirs != context;
            other.line != key.line
                && session.is_person()
                && session.families.iter().any(|it| families.contains(it))
                && !is_other
                && self.person_heard_at(*other) <= Some(line.came_at)
        };
        self.sessions().filter(is_one).map(|(it, _)| it).collect()
    }

    /// Whether the session was sent out.
    pub(super) fn is_removed(&self, key: SessionKey) -> bool {
        let line = self.lines.get(&key.line);
        let session = line.and_then(|line| line.sessions.get(&key.session));
        session.is_some_and(|session| session.standing == Standing::Removed)
    }

    /// Notes whether a person has media of which none is up.
    pub(super) fn set_media_down(&mut self, key: SessionKey, down: bool) {
        let standing = self.session(key).map(|session| &mut session.standing);
        if let Some(Standing::Person { media_down }) = standing {
            *media_down = down;
        }
    }

    /// Whose session somebody on record is, if it is there.
    pub(super) fn find(&self, id: ParticipantId) -> Option<SessionKey> {
        let key = *self.by_id.get(&id)?;
        let session = self.lines.get(&key.line)?.sessions.get(&key.session)?;
        session.is_person().then_some(key)
    }

    /// Those on record who are there.
    pub(super) fn present(&self) -> Vec<Present> {
        let present = |(_, session): (SessionKey, &Session)| {
            let known = session.known.as_ref().filter(|known| known.here)?;
            Some(Present {
                participant: known.id,
                families: session.families.clone(),
            })
        };
        self.sessions().filter_map(present).collect()
    }

    /// Those on record who are there, with what they are called and what the application said of them.
    pub(super) fn here(&self) -> impl Iterator<Item = (SessionKey, ParticipantId, Option<&str>)> {
        self.sessions().filter_map(|(key, session)| {
            let known = session.known.as_ref().filter(|known| known.here)?;
            Some((key, known.id, known.context.as_deref()))
        })
    }

    /// All sessions that count.
    pub(super) fn all(&self) -> Vec<SessionKey> {
        self.sessions()
            .filter(|(_, session)| session.is_person())
            .map(|(key, _)| key)
            .collect()
    }

    fn sessions(&self) -> impl Iterator<Item = (SessionKey, &Session)> {
        self.lines.iter().flat_map(|(line, held)| {
            let key = |session| SessionKey {
                line: *line,
                session,
            };
            let sessions = held.sessions.iter();
            sessions.map(move |(id, session)| (key(*id), session))
        })
    }

    fn session(&mut self, key: SessionKey) -> Option<&mut Session> {
        let line = self.lines.get_mut(&key.line)?;
        line.sessions.get_mut(&key.session)
    }

    /// Those whose media is down, with the moment at which their silence is too long.
    pub(super) fn suspects(&self) -> impl Iterator<Item = (SessionKey, Timestamp)> {
        let down = Standing::Person { media_down: true };
        self.sessions()
            .filter(move |(_, session)| session.standing == down)
            .filter_map(|(key, _)| {
                let heard_at = self.lines.get(&key.line)?.heard_at;
                Some((key, heard_at.saturating_add_secs(self.silence_secs)))
            })
    }

    /// When something is due, if anything is.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let unknown = self.sessions().filter_map(|(_, it)| it.recorded_at());
        self.suspects().map(|(_, until)| until).chain(unknown).min()
    }
}

fn joined(known: &Known, now: Timestamp) -> Note {
    Note::Joined {
        participant: known.id,
        context: known.context.clone(),
        at: now,
    }
}
