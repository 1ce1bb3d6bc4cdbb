//! A connection that is open: tokens, sessions, and the requests that concern them.
//!
//! `ControlFlow::Break` ends the connection; an `Err` is an answer, and all goes on.

use std::ops::ControlFlow;

use greenroom_domain::limits::{SESSIONS_PER_CONNECTION_MAX, TOKEN_MAX_BYTES};
use greenroom_domain::{Entropy, Timestamp};
use greenroom_rooms::call::{LineNews, Told};
use secrecy::{ExposeSecret, SecretString};

use crate::wire::{JanusError, Made, Reply, Request, SessionId, Verb, timeout_push};
use crate::{Gate, Refusal, Room};

use super::access::Access;
use super::session::{Answered, Session};
use super::{Config, Ending, Output, Outputs, SessionEnd, TokenExpiry};

/// What surrounds one frame.
pub(super) struct Moment<'a, G> {
    pub(super) now: Timestamp,
    pub(super) gate: &'a G,
    pub(super) entropy: &'a dyn Entropy,
    pub(super) out: &'a mut Outputs,
}

/// The state of a connection that has not closed.
pub(super) struct Open<G: Gate> {
    config: Config,
    room: Room,
    access: Option<Access<G::Pass>>,
    sessions: Vec<Session<G::Ticket>>,
    /// Since when there is no session, if there is none.
    idle_since: Timestamp,
}

/// A request is answered, refused with an error, or ends the connection.
type Answer<T> = ControlFlow<Ending, Result<T, JanusError>>;

impl<G: Gate> Open<G> {
    pub(super) const fn new(config: Config, room: Room, now: Timestamp) -> Self {
        Self {
            config,
            room,
            access: None,
            sessions: Vec::new(),
            idle_since: now,
        }
    }

    pub(super) fn handle_frame(
        &mut self,
        text: &str,
        moment: &mut Moment<'_, G>,
    ) -> ControlFlow<Ending> {
        self.end_silent_sessions(moment.now, moment.out)?;
        let mut request = match Request::parse(text) {
            Ok(request) => request,
            Err(malformed) => {
                moment.out.send(malformed.to_frame());
                return ControlFlow::Continue(());
            }
        };
        let answer = match self.authorise(&mut request, moment)? {
            Ok(()) => self.answer(&mut request, moment)?,
            Err(error) => Err(error),
        };
        let answer = answer.unwrap_or_else(|error| Answered::reply(Reply::Error(error)));
        if let Some(reply) = answer.reply {
            let frame = reply.to_frame(Some(&request.transaction), request.session_id);
            moment.out.send(frame);
        }
        if let Some(then) = answer.then {
            moment.out.push(then);
        }
        ControlFlow::Continue(())
    }

    pub(super) fn handle_news(
        &mut self,
        news: LineNews,
        now: Timestamp,
        out: &mut Outputs,
    ) -> ControlFlow<Ending> {
        match news {
            LineNews::Told(told) => self.handle_told(told, now, out),
            LineNews::Ping => {
                out.push(Output::Ping);
                ControlFlow::Continue(())
            }
            LineNews::Vanished(id) => {
                let id = SessionId::from_wire(id);
                self.end_sessions_that(SessionEnd::TimedOut, now, out, |session| session.id == id)
            }
            LineNews::Removed(id, why) => {
                let id = SessionId::from_wire(id);
                self.end_sessions_that(why.into(), now, out, |session| session.id == id)
            }
        }
    }

    fn handle_told(
        &mut self,
        told: Told,
        now: Timestamp,
        out: &mut Outputs,
    ) -> ControlFlow<Ending> {
        let room = self.room;
        let mut sessions = self.sessions.iter_mut();
        // Whoever it was for may have gone since.
        let Some(session) = sessions.find(|it| it.id.get() == told.handle.session) else {
            return ControlFlow::Continue(());
        };
        match session.told(told, room, now, out) {
            Some(refusal) => ControlFlow::Break(Ending::not_taken(refusal)),
            None => ControlFlow::Continue(()),
        }
    }

    pub(super) fn ticket(&self, id: SessionId) -> Option<&G::Ticket> {
        let session = self.sessions.iter().find(|session| session.id == id);
        session.map(Session::ticket)
    }

    pub(super) fn handle_timeout(
        &mut self,
        now: Timestamp,
        out: &mut Outputs,
    ) -> ControlFlow<Ending> {
        if self.token_expires_at().is_some_and(|at| now >= at) {
            return ControlFlow::Break(Ending::token_expired());
        }
        self.end_silent_sessions(now, out)?;
        if self.sessions.is_empty() && now >= self.idle_until() {
            return ControlFlow::Break(Ending::timed_out());
        }
        ControlFlow::Continue(())
    }

    /// Something changed at the gate.
    pub(super) fn handle_gate_change(&mut self, now: Timestamp, gate: &G) -> ControlFlow<Ending> {
        match self.lapsed(now, gate) {
            Some(refusal) if !self.sessions.is_empty() => {
                ControlFlow::Break(Ending::revoked(refusal))
            }
            Some(_) => {
                self.access = None;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Continue(()),
        }
    }

    pub(super) fn deadline(&self) -> Timestamp {
        let silence = self
            .sessions
            .iter()
            .map(|session| session.times_out_at(self.config.session_timeout_secs))
            .chain(self.token_expires_at())
            .min();
        silence.unwrap_or_else(|| self.idle_until())
    }

    pub(super) fn end_sessions(self, end: SessionEnd, out: &mut Outputs) {
        for session in self.sessions {
            out.push(Output::SessionClosed(session.id, end));
        }
    }

    const fn idle_until(&self) -> Timestamp {
        self.idle_since
            .saturating_add_secs(self.config.session_timeout_secs)
    }

    /// When the remembered token ends the sessions, if it does.
    fn token_expires_at(&self) -> Option<Timestamp> {
        if self.sessions.is_empty() || self.config.token_expiry == TokenExpiry::Keep {
            return None;
        }
        self.access.as_ref().map(|access| access.expires_at)
    }

    /// Why the pass that is held does not hold any more, if it does not.
    fn lapsed(&self, now: Timestamp, gate: &G) -> Option<Refusal> {
        let access = self.access.as_ref()?;
        let refusal = gate.recheck(&access.pass, now).err()?;
        (!refusal.is_passing()).then_some(refusal)
    }

    /// Ends the sessions of which nothing was heard for too long, and the connection with the last one.
    fn end_silent_sessions(&mut self, now: Timestamp, out: &mut Outputs) -> ControlFlow<Ending> {
        let timeout_secs = self.config.session_timeout_secs;
        self.end_sessions_that(SessionEnd::TimedOut, now, out, |session| {
            now >= session.times_out_at(timeout_secs)
        })
    }

    fn end_sessions_that(
        &mut self,
        end: SessionEnd,
        now: Timestamp,
        out: &mut Outputs,
        are_over: impl Fn(&Session<G::Ticket>) -> bool,
    ) -> ControlFlow<Ending> {
        let before = self.sessions.len();
        // The close frame says it where it follows at once.
        let closes = end != SessionEnd::TimedOut && self.sessions.iter().all(&are_over);
        self.sessions.retain(|session| {
            let ends = are_over(session);
            if ends {
                if !closes {
                    out.send(timeout_push(session.id));
                }
                out.push(Output::SessionClosed(session.id, end));
            }
            !ends
        });
        if before > 0 && self.sessions.is_empty() {
            self.idle_since = now;
            return ControlFlow::Break(Ending::session_over(end));
        }
        ControlFlow::Continue(())
    }

    fn end_session(&mut self, id: SessionId, end: SessionEnd, moment: &mut Moment<'_, G>) {
        self.sessions.retain(|session| session.id != id);
        moment.out.push(Output::SessionClosed(id, end));
        if self.sessions.is_empty() {
            self.idle_since = moment.now;
        }
    }

    /// Checks the token of a frame; only `ping` needs none.
    fn authorise(&mut self, request: &mut Request, moment: &mut Moment<'_, G>) -> Answer<()> {
        if request.verb == Verb::Ping && is_at_root(request) {
            return ControlFlow::Continue(Ok(()));
        }
        let token = request
            .client_token
            .take()
            .filter(|token| token.expose_secret().len() <= TOKEN_MAX_BYTES);
        let Some(token) = token else {
            return ControlFlow::Break(Ending::refused(Refusal::Unauthorized));
        };
        if self.access.as_ref().is_some_and(|held| held.is_by(&token)) {
            return self.still_good(&request.verb, moment);
        }
        self.take_token(token, moment)
    }

    /// The token is the one that was verified before: it may have expired or been revoked since.
    fn still_good(&self, verb: &Verb, moment: &Moment<'_, G>) -> Answer<()> {
        if let Some(refusal) = self.lapsed(moment.now, moment.gate) {
            return ControlFlow::Break(if self.sessions.is_empty() {
                Ending::refused(refusal)
            } else {
                Ending::revoked(refusal)
            });
        }
        let expired = self
            .access
            .as_ref()
            .is_some_and(|held| moment.now >= held.expires_at);
        if !expired {
            return ControlFlow::Continue(Ok(()));
        }
        let kept = self.config.token_expiry == TokenExpiry::Keep && !self.sessions.is_empty();
        if !kept {
            return ControlFlow::Break(Ending::token_expired());
        }
        ControlFlow::Continue(if *verb == Verb::Create {
            Err(JanusError::no_new_session())
        } else {
            Ok(())
        })
    }

    /// A token that was not seen before, or not last: the first one, a newer one, or a wrong one.
    fn take_token(&mut self, token: SecretString, moment: &mut Moment<'_, G>) -> Answer<()> {
        let held = self.access.as_ref().filter(|_| !self.sessions.is_empty());
        let refusal = match moment.gate.admit(token.expose_secret(), moment.now) {
            Ok(pass) if held.is_none_or(|held| moment.gate.same_bearer(&held.pass, &pass)) => {
                let family = moment.gate.family(&pass);
                if held.is_some_and(|held| moment.gate.family(&held.pass) != family) {
                    for session in &self.sessions {
                        moment.out.push(Output::FamilyChanged(session.id, family));
                    }
                }
                let expires_at = moment.gate.expires_at(&pass);
                self.access = Some(Access::new(token, pass, expires_at));
                return ControlFlow::Continue(Ok(()));
            }
            Ok(_) => Refusal::Forbidden,
            Err(refusal) => refusal,
        };
        if held.is_none() || refusal == Refusal::Unauthorized {
            return ControlFlow::Break(Ending::refused(refusal));
        }
        // A token that is good somewhere else is a slip of the application and no reason to end a
        // call; but then the session has to stand on the token it has.
        if let Some(refusal) = self.lapsed(moment.now, moment.gate) {
            return ControlFlow::Break(Ending::revoked(refusal));
        }
        ControlFlow::Continue(Err(if refusal.is_passing() {
            JanusError::try_again()
        } else {
            JanusError::other_bearer()
        }))
    }

    fn answer(&mut self, request: &mut Request, moment: &mut Moment<'_, G>) -> Answer<Answered> {
        let Some(session_id) = request.session_id else {
            let reply = self.answer_at_root(request, moment)?;
            return ControlFlow::Continue(reply.map(Answered::reply));
        };
        let session = self.sessions.iter_mut().find(|it| it.id == session_id);
        let Some(session) = session else {
            return ControlFlow::Continue(Err(JanusError::no_such_session(session_id)));
        };
        session.hear(moment.now);
        if request.verb == Verb::Destroy && request.handle_id.is_none() {
            self.end_session(session_id, SessionEnd::Destroyed, moment);
            return ControlFlow::Continue(Ok(Answered::reply(Reply::Success(None))));
        }
        let (room, now) = (self.room, moment.now);
        ControlFlow::Continue(session.answer(request, room, now, moment.entropy))
    }

    fn answer_at_root(&mut self, request: &Request, moment: &mut Moment<'_, G>) -> Answer<Reply> {
        ControlFlow::Continue(match &request.verb {
            _ if request.handle_id.is_some() => Err(JanusError::session_not_named()),
            Verb::Ping => Ok(Reply::Pong),
            Verb::Create => return self.create(moment),
            Verb::Unknown(verb) => Err(JanusError::unknown_verb(verb)),
            Verb::KeepAlive
            | Verb::Attach
            | Verb::Detach
            | Verb::Hangup
            | Verb::Message
            | Verb::Trickle
            | Verb::Destroy => Err(JanusError::wrong_path(request.verb.name())),
        })
    }

    fn create(&mut self, moment: &mut Moment<'_, G>) -> Answer<Reply> {
        if self.sessions.len() >= SESSIONS_PER_CONNECTION_MAX {
            return ControlFlow::Continue(Err(JanusError::too_many_sessions()));
        }
        let opened = match &self.access {
            Some(access) => {
                let ticket = moment.gate.open_session(&access.pass, moment.now);
                ticket.map(|ticket| (ticket, moment.gate.family(&access.pass)))
            }
            None => Err(Refusal::Unauthorized),
        };
        let (ticket, family) = match opened {
            Ok(opened) => opened,
            Err(refusal) if self.sessions.is_empty() => {
                return ControlFlow::Break(Ending::refused(refusal));
            }
            Err(refusal) if refusal.is_passing() => {
                return ControlFlow::Continue(Err(JanusError::try_again()));
            }
            Err(_) => return ControlFlow::Continue(Err(JanusError::no_new_session())),
        };
        let id = SessionId::random(moment.entropy, |id| {
            self.sessions.iter().any(|session| session.id == id)
        });
        self.sessions.push(Session::new(id, ticket, moment.now));
        moment.out.push(Output::SessionOpened(id, family));
        ControlFlow::Continue(Ok(Reply::Success(Some(Made::Session(id)))))
    }
}

/// Whether the request is about the connection itself.
const fn is_at_root(request: &Request) -> bool {
    request.session_id.is_none() && request.handle_id.is_none()
}
