//! The one room of a connection, in the two forms in which clients name it.

use greenroom_domain::RoomId;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::wire::ID_MAX;

use super::body::{Body, invalid};
use super::fault::Fault;

/// The room that a connection is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room(RoomId);

impl Room {
    /// The room of that id.
    pub const fn new(id: RoomId) -> Self {
        Self(id)
    }

    /// Its number, for the member `janus_room_id`: a whole number from 1 to 2^53 - 1, always the same
    /// for a room. Only ever compared within a connection, so two rooms may share one.
    pub(super) fn number(self) -> u64 {
        let (high, low) = self.0.as_uuid().as_u64_pair();
        ((high ^ low) & ID_MAX).max(1)
    }

    /// Whether that names this room: by its id as text, or by its number.
    pub(super) fn is_named_by(self, name: &Value) -> bool {
        match name {
            Value::String(text) => *text == self.0.to_string(),
            Value::Number(number) => number.as_u64() == Some(self.number()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
        }
    }
}

impl Serialize for Room {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0)
    }
}

/// A room in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Shown {
    /// The connection's.
    This(Room),
    /// The connection's, by its number.
    Number(u64),
    /// Another one, as the client named it.
    Other(Value),
}

impl From<Room> for Shown {
    fn from(room: Room) -> Self {
        Self::This(room)
    }
}

/// An entry in a list of rooms. There is only ever one: nobody learns here which others exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Listing {
    room: Shown,
    description: Room,
    num_participants: usize,
}

impl Listing {
    /// The only entry.
    pub(super) fn only(
        room: impl Into<Shown>,
        description: Room,
        num_participants: usize,
    ) -> [Self; 1] {
        [Self {
            room: room.into(),
            description,
            num_participants,
        }]
    }
}

/// Answers whether a room exists: as far as a client can tell, only the connection's does.
pub(super) fn exists(body: &mut Body, room: Room) -> Result<(Shown, bool), Fault> {
    match body.value("room") {
        None => Err(Fault::Missing("room")),
        Some(name) if room.is_named_by(&name) => Ok((Shown::This(room), true)),
        Some(Value::String(name)) if name.len() > NAME_ECHO_MAX_BYTES => {
            Err(invalid("room", "shorter"))
        }
        Some(name @ (Value::String(_) | Value::Number(_))) => Ok((Shown::Other(name), false)),
        Some(_) => Err(invalid("room", "a string")),
    }
}

/// Longest name of a room that is repeated, in bytes.
const NAME_ECHO_MAX_BYTES: usize = 64;
