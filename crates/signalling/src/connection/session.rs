//! A Janus session and its handles.

use greenroom_domain::limits::HANDLES_PER_SESSION_MAX;
use greenroom_domain::{Entropy, Timestamp};

use crate::wire::{HandleId, JanusError, Made, Reply, Request, SessionId, Verb};

use super::Plugins;

/// One session. Its place in the room goes with it.
pub(super) struct Session<Ticket, Handle> {
    pub(super) id: SessionId,
    last_heard: Timestamp,
    handles: Vec<(HandleId, Handle)>,
    /// Held for its drop.
    _ticket: Ticket,
}

impl<Ticket, Handle> Session<Ticket, Handle> {
    pub(super) const fn new(id: SessionId, ticket: Ticket, now: Timestamp) -> Self {
        Self {
            id,
            last_heard: now,
            handles: Vec::new(),
            _ticket: ticket,
        }
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
        plugins: &mut impl Plugins<Handle = Handle>,
        entropy: &dyn Entropy,
    ) -> Result<Reply, JanusError> {
        let known = self.known_handle(request)?;
        match (&request.verb, known) {
            (Verb::KeepAlive, _) => Ok(Reply::Ack),
            (Verb::Attach, None) => {
                let plugin = request.take_text("plugin")?;
                self.attach(&plugin, plugins, entropy)
            }
            (Verb::Detach, Some(handle)) => {
                self.handles.retain(|(id, _)| *id != handle);
                Ok(Reply::Success(None))
            }
            (Verb::Message | Verb::Trickle | Verb::Hangup, Some(_)) => {
                Err(JanusError::nothing_takes_it())
            }
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

    fn attach(
        &mut self,
        plugin: &str,
        plugins: &mut impl Plugins<Handle = Handle>,
        entropy: &dyn Entropy,
    ) -> Result<Reply, JanusError> {
        if self.handles.len() >= HANDLES_PER_SESSION_MAX {
            return Err(JanusError::too_many_handles());
        }
        let Some(handle) = plugins.attach(plugin) else {
            return Err(JanusError::no_such_plugin(plugin));
        };
        let id = HandleId::random(entropy, |id| {
            self.handles.iter().any(|(taken, _)| *taken == id)
        });
        self.handles.push((id, handle));
        Ok(Reply::Success(Some(Made::Handle(id))))
    }
}
