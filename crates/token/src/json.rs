//! JSON read strictly: no name twice, bounded depth and size, and texts borrowed where they can be.
//!
//! `serde_json` does the tokenizing; what it would accept silently (the last of two equal names,
//! 128 levels of nesting) is refused here.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use greenroom_domain::limits::TOKEN_JSON_MAX_DEPTH;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::check::JsonFault;

/// Most members of one object or array; ours have 12. Keeps the search for equal names cheap.
pub(crate) const MEMBERS_MAX: usize = 32;

/// A JSON value, as far as tokens have any use for it.
#[derive(Debug, PartialEq)]
pub(crate) enum Value<'a> {
    /// A string, decoded.
    Text(Cow<'a, str>),
    /// A number written without fraction and exponent that fits.
    Integer(i64),
    /// A number written without fraction and exponent that does not fit.
    HugeInteger,
    /// An array.
    Array(Vec<Value<'a>>),
    /// An object.
    Object(Object<'a>),
    /// True or false.
    Boolean(bool),
    /// Null or any other number: no claim of ours is one.
    Other,
}

impl Value<'_> {
    /// The text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Integer(_)
            | Self::HugeInteger
            | Self::Array(_)
            | Self::Object(_)
            | Self::Boolean(_)
            | Self::Other => None,
        }
    }
}

/// An object; its names differ.
#[derive(Debug, PartialEq)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Object<'a> {
    /// The value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0
            .iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// All names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }
}

/// Reads bytes that must be exactly one JSON object.
pub(crate) fn parse_object(bytes: &[u8]) -> Result<Object<'_>, JsonFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| JsonFault::Malformed)?;
    let fault = Cell::new(JsonFault::Malformed);
    let reader = Reader {
        levels_left: TOKEN_JSON_MAX_DEPTH,
        fault: &fault,
    };
    let mut source = serde_json::Deserializer::from_str(text);
    let value = reader.deserialize(&mut source).map_err(|_| fault.get())?;
    source.end().map_err(|_| JsonFault::Malformed)?;
    match value {
        Value::Object(object) => Ok(object),
        Value::Text(_)
        | Value::Integer(_)
        | Value::HugeInteger
        | Value::Array(_)
        | Value::Boolean(_)
        | Value::Other => Err(JsonFault::NotAnObject),
    }
}

/// Builds a [`Value`]; notes in `fault` why it gave up, unless the text is not JSON at all.
#[derive(Clone, Copy)]
struct Reader<'f> {
    levels_left: usize,
    fault: &'f Cell<JsonFault>,
}

impl Reader<'_> {
    fn give_up<E: Error>(self, fault: JsonFault) -> E {
        self.fault.set(fault);
        E::custom("refused")
    }

    /// The reader for what stands one level further in.
    fn inner<E: Error>(self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self {
                levels_left,
                ..self
            }),
            None => Err(self.give_up(JsonFault::TooDeep)),
        }
    }
}

impl<'a> DeserializeSeed<'a> for Reader<'_> {
    type Value = Value<'a>;

    fn deserialize<D: Deserializer<'a>>(self, source: D) -> Result<Value<'a>, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Reader<'_> {
    type Value = Value<'a>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'a>, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<Value<'a>, E> {
        Ok(Value::Boolean(boolean))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'a>, E> {
        Ok(Value::Other)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'a>, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'a>, E> {
        Ok(i64::try_from(number).map_or(Value::HugeInteger, Value::Integer))
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut source: A) -> Result<Value<'a>, A::Error> {
        let inner = self.inner()?;
        let mut members = Vec::new();
        while let Some(member) = source.next_element_seed(inner)? {
            if members.len() == MEMBERS_MAX {
                return Err(self.give_up(JsonFault::TooManyMembers));
            }
            members.push(member);
        }
        Ok(Value::Array(members))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut source: A) -> Result<Value<'a>, A::Error> {
        let inner = self.inner()?;
        let mut members: Vec<(Cow<'a, str>, Value<'a>)> = Vec::new();
        while let Some(name) = source.next_key_seed(inner)? {
            let Value::Text(name) = name else {
                return Err(self.give_up(JsonFault::Malformed));
            };
            if members.len() == MEMBERS_MAX {
                return Err(self.give_up(JsonFault::TooManyMembers));
            }
            if members.iter().any(|(known, _)| *known == name) {
                return Err(self.give_up(JsonFault::DuplicateName));
            }
            members.push((name, source.next_value_seed(inner)?));
        }
        Ok(Value::Object(Object(members)))
    }
}

#[cfg(test)]
mod tests;
