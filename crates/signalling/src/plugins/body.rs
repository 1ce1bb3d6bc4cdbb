//! Reads the members of a request as Janus does: types are exact, null counts as absent, and what
//! is not asked for is not looked at.

use serde_json::{Map, Value};

use crate::wire::ID_MAX;

use super::Room;
use super::fault::Fault;

/// The members that have not been read yet.
#[derive(Debug)]
pub(super) struct Body(Map<String, Value>);

impl Body {
    pub(super) const fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// A member as it is; null counts as absent.
    pub(super) fn value(&mut self, member: &'static str) -> Option<Value> {
        self.0.remove(member).filter(|value| !value.is_null())
    }

    pub(super) fn text(
        &mut self,
        member: &'static str,
        max_bytes: usize,
    ) -> Result<Option<String>, Fault> {
        match self.value(member) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= max_bytes => Ok(Some(text)),
            Some(Value::String(_)) => Err(invalid(member, "shorter")),
            Some(_) => Err(invalid(member, "a string")),
        }
    }

    pub(super) fn needed_text(
        &mut self,
        member: &'static str,
        max_bytes: usize,
    ) -> Result<String, Fault> {
        self.text(member, max_bytes)?.ok_or(Fault::Missing(member))
    }

    pub(super) fn flag(&mut self, member: &'static str) -> Result<Option<bool>, Fault> {
        match self.value(member) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(invalid(member, "a boolean")),
        }
    }

    /// A whole number that is not negative.
    pub(super) fn number(&mut self, member: &'static str) -> Result<Option<u64>, Fault> {
        match self.value(member) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(invalid(member, "a positive integer")),
            },
        }
    }

    /// An id of a leg or a feed.
    pub(super) fn id(&mut self, member: &'static str) -> Result<Option<u64>, Fault> {
        match self.number(member)? {
            Some(id) if !(1..=ID_MAX).contains(&id) => Err(invalid(member, "from 1 to 2^53 - 1")),
            id => Ok(id),
        }
    }

    /// A layer of simulcast or time: 0 to 2.
    pub(super) fn layer(&mut self, member: &'static str) -> Result<Option<u8>, Fault> {
        match self.number(member)? {
            None => Ok(None),
            Some(layer) => match u8::try_from(layer) {
                Ok(layer @ 0..=2) => Ok(Some(layer)),
                _ => Err(invalid(member, "from 0 to 2")),
            },
        }
    }

    /// A list; longer ones than `max` are refused.
    pub(super) fn list(
        &mut self,
        member: &'static str,
        max: usize,
    ) -> Result<Option<Vec<Value>>, Fault> {
        match self.value(member) {
            None => Ok(None),
            Some(Value::Array(items)) if items.len() <= max => Ok(Some(items)),
            Some(Value::Array(_)) => Err(invalid(member, "shorter")),
            Some(_) => Err(invalid(member, "an array")),
        }
    }

    /// A list of objects.
    pub(super) fn objects(
        &mut self,
        member: &'static str,
        max: usize,
    ) -> Result<Option<Vec<Self>>, Fault> {
        let Some(items) = self.list(member, max)? else {
            return Ok(None);
        };
        let object = |item| match item {
            Value::Object(members) => Ok(Self(members)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Err(invalid(member, "an array of objects")),
        };
        items
            .into_iter()
            .map(object)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The room that the request names has to be the connection's. Who names none means that one:
    /// there is no other.
    pub(super) fn check_room(&mut self, room: Room) -> Result<(), Fault> {
        match self.value("room") {
            None => Ok(()),
            Some(name) if room.is_named_by(&name) => Ok(()),
            Some(Value::String(_) | Value::Number(_)) => Err(Fault::NoSuchRoom),
            Some(_) => Err(invalid("room", "a string")),
        }
    }
}

pub(super) const fn invalid(member: &'static str, wanted: &'static str) -> Fault {
    Fault::Invalid { member, wanted }
}
