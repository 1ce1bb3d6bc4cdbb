//! Tells how one connection's sessions began and ended, if somebody wants to know.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use greenroom_domain::{FamilyId, RoomId, Timestamp};
use greenroom_rooms::Tracer;
use greenroom_rooms::trace::{Step, What};
use greenroom_signalling::connection::SessionEnd;
use greenroom_signalling::websocket::Observer;
use greenroom_signalling::wire::SessionId;

/// Follows one connection, or does nothing.
pub(super) struct Follower(Option<Following>);

struct Following {
    tracer: Arc<dyn Tracer>,
    room: RoomId,
    sessions: Mutex<Sessions>,
}

struct Sessions {
    /// When the connection came, until its first session has been opened.
    came_at: Option<Timestamp>,
    /// As few as a connection may have.
    open: Vec<Followed>,
}

#[derive(Clone, Copy)]
struct Followed {
    session: SessionId,
    /// What it came with: all its steps are in the trace of that.
    family: FamilyId,
    opened_at: Timestamp,
}

impl Follower {
    /// Follows a connection that came at `came_at`.
    pub(super) fn new(tracer: Option<Arc<dyn Tracer>>, room: RoomId, came_at: Timestamp) -> Self {
        let sessions = Sessions {
            came_at: Some(came_at),
            open: Vec::new(),
        };
        Self(tracer.map(|tracer| Following {
            tracer,
            room,
            sessions: Mutex::new(sessions),
        }))
    }

    /// Somebody was not let in.
    pub(super) fn refused(
        &self,
        now: Timestamp,
        explain: impl FnOnce() -> Option<(FamilyId, &'static str)>,
    ) {
        let Some(following) = &self.0 else {
            return;
        };
        let Some((family, why)) = explain() else {
            return;
        };
        let started = following.sessions().came_at.unwrap_or(now);
        let mut step = following.step(family, None, started, now, What::Opened);
        step.fault = Some(why.to_owned());
        following.tracer.step(step);
    }
}

impl Following {
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const fn step(
        &self,
        family: FamilyId,
        session: Option<SessionId>,
        started: Timestamp,
        ended: Timestamp,
        what: What,
    ) -> Step {
        Step {
            family,
            room: self.room,
            session: match session {
                Some(session) => Some(session.get()),
                None => None,
            },
            participant: None,
            started,
            ended,
            what,
            fault: None,
        }
    }

    fn find(&self, session: SessionId) -> Option<Followed> {
        let sessions = self.sessions();
        sessions
            .open
            .iter()
            .find(|it| it.session == session)
            .copied()
    }
}

impl Observer for Follower {
    fn session_opened(&self, session: SessionId, family: FamilyId, now: Timestamp) {
        let Some(following) = &self.0 else {
            return;
        };
        let mut sessions = following.sessions();
        let came_at = sessions.came_at.take().unwrap_or(now);
        sessions.open.push(Followed {
            session,
            family,
            opened_at: now,
        });
        drop(sessions);
        let step = following.step(family, Some(session), came_at, now, What::Opened);
        following.tracer.step(step);
    }

    fn family_changed(&self, session: SessionId, family: FamilyId, now: Timestamp) {
        let Some(following) = &self.0 else {
            return;
        };
        if let Some(Followed { family: former, .. }) = following.find(session) {
            let what = What::TokenReplaced { former };
            let step = following.step(family, Some(session), now, now, what);
            following.tracer.step(step);
        }
    }

    fn session_closed(&self, session: SessionId, end: SessionEnd, now: Timestamp) {
        let Some(following) = &self.0 else {
            return;
        };
        let Some(Followed {
            family, opened_at, ..
        }) = following.find(session)
        else {
            return;
        };
        following.sessions().open.retain(|it| it.session != session);
        let what = What::Closed(end.as_str());
        let mut step = following.step(family, Some(session), opened_at, now, what);
        step.fault = end.fault().map(str::to_owned);
        following.tracer.step(step);
    }
}
