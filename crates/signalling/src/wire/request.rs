//! What a client sends, read in the order in which Janus reads it.

use greenroom_domain::limits::TRANSACTION_MAX_BYTES;
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{HandleId, ID_MAX, JanusError, Jsep, Reply, SessionId, json};

/// A request of the Janus core.
#[derive(Debug)]
pub struct Request {
    /// Repeated in the reply.
    pub transaction: String,
    /// The member `janus`.
    pub verb: Verb,
    /// The session it is about.
    pub session_id: Option<SessionId>,
    /// The handle it is about.
    pub handle_id: Option<HandleId>,
    /// The member `client_token`, or `token` as general Janus clients call it, if it is text.
    pub client_token: Option<SecretString>,
    /// All other members.
    pub rest: Map<String, Value>,
}

/// What a `message` brings to a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The plugin's own request.
    pub body: Map<String, Value>,
    /// The session description beside it.
    pub jsep: Option<Jsep>,
}

/// The member `janus` of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Opens a session.
    Create,
    /// Keeps a session alive.
    KeepAlive,
    /// Opens a handle.
    Attach,
    /// Closes a handle.
    Detach,
    /// Ends the peer connection of a handle.
    Hangup,
    /// Goes to a handle's plugin.
    Message,
    /// Brings candidates for a handle's peer connection.
    Trickle,
    /// Ends a session.
    Destroy,
    /// Asks whether anybody is there.
    Ping,
    /// Something that this server does not know.
    Unknown(String),
}

const VERBS: [Verb; 9] = [
    Verb::Create,
    Verb::KeepAlive,
    Verb::Attach,
    Verb::Detach,
    Verb::Hangup,
    Verb::Message,
    Verb::Trickle,
    Verb::Destroy,
    Verb::Ping,
];

impl Verb {
    /// Letter case does not matter, as in Janus.
    fn parse(text: String) -> Self {
        let known = VERBS
            .into_iter()
            .find(|verb| verb.name().eq_ignore_ascii_case(&text));
        known.unwrap_or(Self::Unknown(text))
    }

    /// The word on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::KeepAlive => "keepalive",
            Self::Attach => "attach",
            Self::Detach => "detach",
            Self::Hangup => "hangup",
            Self::Message => "message",
            Self::Trickle => "trickle",
            Self::Destroy => "destroy",
            Self::Ping => "ping",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// A frame that is no request, with as much of it as the answer can repeat.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed {
    transaction: Option<String>,
    session_id: Option<SessionId>,
    error: JanusError,
}

impl Malformed {
    /// The answer to it.
    pub fn to_frame(&self) -> String {
        Reply::Error(self.error.clone()).to_frame(self.transaction.as_deref(), self.session_id)
    }
}

impl From<JanusError> for Malformed {
    fn from(error: JanusError) -> Self {
        Self {
            transaction: None,
            session_id: None,
            error,
        }
    }
}

impl Request {
    /// Reads a frame. Members that are not known are kept and ignored.
    pub fn parse(frame: &str) -> Result<Self, Malformed> {
        let frame = json::parse(frame).map_err(|fault| JanusError::invalid_json(fault.reason()))?;
        let Value::Object(mut members) = frame else {
            return Err(JanusError::not_an_object().into());
        };
        let transaction = transaction(&mut members)?;
        let mut take = |name| members.remove(name).filter(|value| !value.is_null());
        let client_token = match take("client_token").or_else(|| take("token")) {
            Some(Value::String(token)) => Some(SecretString::from(token)),
            _ => None,
        };
        let malformed = |session_id, error| Malformed {
            transaction: Some(transaction.clone()),
            session_id,
            error,
        };
        let session_id = id(&mut members, "session_id")
            .map_err(|error| malformed(None, error))?
            .map(SessionId::from_wire);
        let handle_id = id(&mut members, "handle_id")
            .map_err(|error| malformed(session_id, error))?
            .map(HandleId::from_wire);
        let verb = text(&mut members, "janus").map_err(|error| malformed(session_id, error))?;
        Ok(Self {
            transaction,
            verb: Verb::parse(verb),
            session_id,
            handle_id,
            client_token,
            rest: members,
        })
    }

    /// What is for the handle's plugin.
    pub fn take_message(&mut self) -> Result<Message, JanusError> {
        let body = match self.rest.remove("body") {
            None => return Err(JanusError::missing("body")),
            Some(Value::Object(body)) => body,
            Some(_) => return Err(JanusError::no_object("body")),
        };
        let jsep = Jsep::take(&mut self.rest)?;
        Ok(Message { body, jsep })
    }

    /// A member that has to be there as text.
    pub fn take_text(&mut self, member: &'static str) -> Result<String, JanusError> {
        text(&mut self.rest, member)
    }
}

fn transaction(members: &mut Map<String, Value>) -> Result<String, JanusError> {
    let transaction = text(members, "transaction")?;
    if transaction.len() > TRANSACTION_MAX_BYTES {
        return Err(JanusError::wrong_type("transaction", "shorter"));
    }
    Ok(transaction)
}

fn text(members: &mut Map<String, Value>, name: &'static str) -> Result<String, JanusError> {
    match members.remove(name) {
        None => Err(JanusError::missing(name)),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(JanusError::wrong_type(name, "a string")),
    }
}

/// An id; null counts as absent, as in Janus.
fn id(members: &mut Map<String, Value>, name: &'static str) -> Result<Option<u64>, JanusError> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64().filter(|id| *id <= ID_MAX) {
            Some(id) => Ok(Some(id)),
            None => Err(JanusError::wrong_type(name, "an id")),
        },
    }
}
