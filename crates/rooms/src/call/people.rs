//! Who is in the room: lines, their sessions, and which of those count as people.

use std::collections::BTreeMap;

use greenroom_domain::Timestamp;
use greenroom_domain::limits::{SESSIONS_PER_CONNECTION_MAX, SILENCE_MAX_SECS};

use super::desk::SessionKey;
use super::{LineId, Refusal};

struct Line {
    heard_at: Timestamp,
    sessions: BTreeMap<u64, Standing>,
}

/// What a session is that has taken part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It has a seat on some board, and counts.
    Person {
        /// None of its media is up, since it timed out or has not come up yet: the line alone tells
        /// whether the person is there.
        media_down: bool,
    },
    /// It was given up, and waits for its connection to see that.
    Vanished,
}

pub(super) struct People {
    lines: BTreeMap<LineId, Line>,
    max: usize,
    count: usize,
}

impl People {
    pub(super) const fn new(max: usize) -> Self {
        Self {
            lines: BTreeMap::new(),
            max,
            count: 0,
        }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    pub(super) fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    pub(super) fn add_line(&mut self, line: LineId, now: Timestamp) {
        let fresh = Line {
            heard_at: now,
            sessions: BTreeMap::new(),
        };
        self.lines.entry(line).or_insert(fresh);
    }

    /// Takes a line off, with its sessions.
    pub(super) fn remove_line(&mut self, line: LineId) {
        let sessions = self.lines.remove(&line).map(|line| line.sessions);
        let is_person = |standing: &Standing| matches!(standing, Standing::Person { .. });
        self.count -= sessions
            .unwrap_or_default()
            .into_values()
            .filter(is_person)
            .count();
    }

    /// Notes that the line was heard of; `false` if there is no such line.
    pub(super) fn hear(&mut self, line: LineId, at: Timestamp) -> bool {
        let Some(line) = self.lines.get_mut(&line) else {
            return false;
        };
        line.heard_at = line.heard_at.max(at);
        true
    }

    /// Lets a session in that wants to take part, if it is not in.
    pub(super) fn admit(&mut self, session: SessionKey) -> Result<(), Refusal> {
        let Some(line) = self.lines.get_mut(&session.line) else {
            return Err(Refusal::NotPossible);
        };
        match line.sessions.get(&session.session) {
            Some(Standing::Person { .. }) => return Ok(()),
            Some(Standing::Vanished) => return Err(Refusal::NotPossible),
            None => {}
        }
        if line.sessions.len() >= SESSIONS_PER_CONNECTION_MAX {
            return Err(Refusal::LimitReached);
        }
        if self.count >= self.max {
            return Err(Refusal::RoomFull);
        }
        let person = Standing::Person { media_down: false };
        line.sessions.insert(session.session, person);
        self.count += 1;
        Ok(())
    }

    /// Forgets a session, whatever it was.
    pub(super) fn dismiss(&mut self, session: SessionKey) {
        let removed = self
            .lines
            .get_mut(&session.line)
            .and_then(|line| line.sessions.remove(&session.session));
        if let Some(Standing::Person { .. }) = removed {
            self.count -= 1;
        }
    }

    /// A person has no seat any more.
    pub(super) fn leave(&mut self, session: SessionKey) {
        if let Some(Standing::Person { .. }) = self.standing(session) {
            self.dismiss(session);
        }
    }

    /// Notes whether a person has media of which none is up.
    pub(super) fn set_media_down(&mut self, session: SessionKey, down: bool) {
        if let Some(Standing::Person { media_down }) = self.standing(session) {
            *media_down = down;
        }
    }

    /// A person is given up: it counts no more, and may not take part again.
    pub(super) fn give_up(&mut self, session: SessionKey) {
        if let Some(standing @ Standing::Person { .. }) = self.standing(session) {
            *standing = Standing::Vanished;
            self.count -= 1;
        }
    }

    fn standing(&mut self, session: SessionKey) -> Option<&mut Standing> {
        let line = self.lines.get_mut(&session.line)?;
        line.sessions.get_mut(&session.session)
    }

    /// Those whose media is down, with the moment at which their silence is too long.
    pub(super) fn suspects(&self) -> impl Iterator<Item = (SessionKey, Timestamp)> {
        self.lines.iter().flat_map(|(id, line)| {
            let until = line.heard_at.saturating_add_secs(SILENCE_MAX_SECS);
            line.sessions
                .iter()
                .filter(|(_, standing)| **standing == Standing::Person { media_down: true })
                .map(move |(session, _)| {
                    let session = *session;
                    (SessionKey { line: *id, session }, until)
                })
        })
    }
}
