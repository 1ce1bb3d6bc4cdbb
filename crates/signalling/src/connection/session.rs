//! A Janus session and its handles.

use greenroom_domain::limits::HANDLES_PER_SESSION_MAX;
use greenroom_domain::{Entropy, Timestamp};
use greenroom_rooms::call::{Ask, HandleKey, Told};

use crate::plugins::{Handle, Scene, Taken, Way};
use crate::wire::{HandleId, JanusError, Made, Reply, Request, Sender, SessionId, Verb};
use crate::{Refusal, Room};

use super::{Output, Outputs};

/// One session. Its place in the room goes with it.
pub(super) struct Session<Ticket> {
    pub(super) id: SessionId,
    last_heard: Timestamp,
    handles: Vec<(HandleId, Handle)>,
    ticket: Ticket,
}

/// The answer to a request.
pub(super) struct Answered {
    /// A reply of the core.
    pub(super) reply: Option<Reply>,
    /// What is to be done after it.
    pub(super) then: Option<Output>,
}

impl Answered {
    pub(super) const fn reply(reply: Reply) -> Self {
        Self {
            reply: Some(reply),
            then: None,
        }
    }
}

impl<Ticket> Session<Ticket> {
    pub(super) const fn new(id: SessionId, ticket: Ticket, now: Timestamp) -> Self {
        Self {
            id,
            last_heard: now,
            handles: Vec::new(),
            ticket,
        }
    }

    /// What it was let in with.
    pub(super) const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// When it ends if nothing is heard of it.
    pub(super) const fn times_out_at(&self, timeout_secs: i64) -> Timestamp {
        self.last_heard.saturating_add_secs(timeout_secs)
    }

    /// A frame of this session came.
    pub(super) fn hear(&mut self, now: Timestamp) {
        self.last_heard = now;
    }

    /// Answers a request of this session; all but `destroy`, which is not its own to answer.
    pub(super) fn answer(
        &mut self,
        request: &mut Request,
        room: Room,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Answered, JanusError> {
        let known = self.known_handle(request)?;
        match (&request.verb, known) {
            // Nothing is done with candidates: this side has them from the packets that come.
            (Verb::KeepAlive, _) | (Verb::Trickle, Some(_)) => Ok(Answered::reply(Reply::Ack)),
            (Verb::Attach, None) => {
                let plugin = request.take_text("plugin")?;
                self.attach(&plugin, entropy).map(Answered::reply)
            }
            (Verb::Detach, Some(handle)) => Ok(self.detach(handle)),
            (Verb::Message, Some(handle)) => self.message(handle, request, room, now),
            (Verb::Hangup, Some(handle)) => Ok(self.hang_up(handle)),
            (Verb::Unknown(verb), _) => Err(JanusError::unknown_verb(verb)),
            (
                Verb::Create
                | Verb::Ping
                | Verb::Destroy
                | Verb::Attach
                | Verb::Detach
                | Verb::Message
                | Verb::Trickle
                | Verb::Hangup,
                _,
            ) => Err(JanusError::wrong_path(request.verb.name())),
        }
    }

    /// Takes what the call told one of the handles; the session ends with a refusal that the client
    /// would not understand.
    pub(super) fn told(
        &mut self,
        told: Told,
        room: Room,
        now: Timestamp,
        out: &mut Outputs,
    ) -> Option<Refusal> {
        let id = HandleId::from_wire(told.handle.handle);
        let session = self.id;
        let (_, handle) = self.handles.iter_mut().find(|(it, _)| *it == id)?;
        let scene = scene(session, id, handle, room, now);
        let reply_to = told.reply_to.as_deref();
        let telling = handle.told(reply_to.and_then(Way::read), told.news, scene);
        if let Some(frame) = telling.frame {
            out.send(frame);
        }
        for (way, transaction, ask) in telling.asks {
            out.push(output(told.handle, way, &transaction, ask));
        }
        telling.ends
    }

    /// The handle that the request names, if it names one; it has to be there.
    ///
    /// Except for `detach`: the browser SDK detaches a subscription a second time when its stream
    /// ends, and waits for a success before it tells the application that the stream is gone.
    fn known_handle(&self, request: &Request) -> Result<Option<HandleId>, JanusError> {
        let Some(handle) = request.handle_id else {
            return Ok(None);
        };
        let there = self.handles.iter().any(|(id, _)| *id == handle);
        if there || request.verb == Verb::Detach {
            return Ok(Some(handle));
        }
        Err(JanusError::no_such_handle(handle, self.id))
    }

    fn attach(&mut self, plugin: &str, entropy: &dyn Entropy) -> Result<Reply, JanusError> {
        if self.handles.len() >= HANDLES_PER_SESSION_MAX {
            return Err(JanusError::too_many_handles());
        }
        let Some(handle) = Handle::attach(plugin) else {
            return Err(JanusError::no_such_plugin(plugin));
        };
        let id = HandleId::random(entropy, |id| {
            self.handles.iter().any(|(taken, _)| *taken == id)
        });
        self.handles.push((id, handle));
        Ok(Reply::Success(Some(Made::Handle(id))))
    }

    fn detach(&mut self, id: HandleId) -> Answered {
        let at = self.handles.iter().position(|(it, _)| *it == id);
        let gone = at.map(|at| self.handles.remove(at));
        let known = gone.is_some_and(|(_, handle)| handle.is_known_to_call());
        Answered {
            reply: Some(Reply::Success(None)),
            then: known.then(|| output(self.key(id), Way::Silent, "", Ask::Detach)),
        }
    }

    fn hang_up(&mut self, id: HandleId) -> Answered {
        let handle = self.handles.iter_mut().find(|(it, _)| *it == id);
        let known = handle.is_some_and(|(_, handle)| {
            handle.hang_up();
            handle.is_known_to_call()
        });
        Answered {
            reply: Some(Reply::Success(None)),
            then: known.then(|| output(self.key(id), Way::Silent, "", Ask::HangUp)),
        }
    }

    fn message(
        &mut self,
        id: HandleId,
        request: &mut Request,
        room: Room,
        now: Timestamp,
    ) -> Result<Answered, JanusError> {
        let message = request.take_message()?;
        let (key, session) = (self.key(id), self.id);
        let handle = self.handles.iter_mut().find(|(it, _)| *it == id);
        let Some((_, handle)) = handle else {
            return Err(JanusError::no_such_handle(id, session));
        };
        let scene = scene(session, id, handle, room, now);
        Ok(match handle.take(message, &request.transaction, scene) {
            Taken::Answered(frame) => Answered {
                reply: None,
                then: Some(Output::Send(frame)),
            },
            Taken::Acked(frame) => Answered {
                reply: Some(Reply::Ack),
                then: Some(Output::Send(frame)),
            },
            Taken::Asked(way, ask) => Answered {
                reply: (!way.is_synchronous()).then_some(Reply::Ack),
                then: Some(output(key, way, &request.transaction, ask)),
            },
        })
    }

    const fn key(&self, handle: HandleId) -> HandleKey {
        HandleKey {
            session: self.id.get(),
            handle: handle.get(),
        }
    }
}

const fn scene(
    session: SessionId,
    id: HandleId,
    handle: &Handle,
    room: Room,
    now: Timestamp,
) -> Scene {
    Scene {
        room,
        sender: Sender {
            session,
            handle: id,
            plugin: handle.plugin_name(),
        },
        now,
    }
}

fn output(handle: HandleKey, way: Way, transaction: &str, ask: Ask) -> Output {
    Output::Ask {
        handle,
        transaction: way.mark(transaction),
        ask,
    }
}
