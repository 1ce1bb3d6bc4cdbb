//! JSON read more strictly than usual: no name twice in an object, and nesting bounded.
//!
//! Two parsers that disagree about a repeated name read two different requests out of one frame;
//! so such a frame is none.

use std::cell::Cell;
use std::fmt;

use greenroom_domain::limits::FRAME_JSON_MAX_DEPTH;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not JSON.
    Syntax,
    /// Arrays and objects nested deeper than [`FRAME_JSON_MAX_DEPTH`].
    TooDeep,
    /// An object with a name twice.
    RepeatedName,
}

impl Fault {
    /// The text for the client.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Syntax => "Invalid JSON",
            Self::TooDeep => "Invalid JSON (nested too deep)",
            Self::RepeatedName => "Invalid JSON (an object has a name twice)",
        }
    }
}

/// Reads one JSON value.
pub(crate) fn parse(text: &str) -> Result<Value, Fault> {
    let fault = Cell::new(Fault::Syntax);
    let strict = Strict {
        depth_left: FRAME_JSON_MAX_DEPTH,
        fault: &fault,
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let value = strict
        .deserialize(&mut json)
        .and_then(|value| json.end().map(|()| value));
    value.map_err(|_| fault.get())
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth_left: usize,
    fault: &'a Cell<Fault>,
}

impl Strict<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left, ..self }),
            None => Err(self.fail(Fault::TooDeep)),
        }
    }

    fn fail<E: Error>(self, fault: Fault) -> E {
        self.fault.set(fault);
        E::custom(fault.reason())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(deeper)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(self.fail(Fault::RepeatedName));
            }
            let value = members.next_value_seed(deeper)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_json_is_read_as_serde_json_reads_it() {
        for text in [
            "null",
            " [1, -2, 3.5, 1e3, \"a\\u00e9\\n\", true, {}] ",
            r#"{"a":{"b":[{"c":null}]},"b":18446744073709551615}"#,
        ] {
            assert_eq!(
                parse(text).unwrap(),
                serde_json::from_str::<Value>(text).unwrap()
            );
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "{",
            "{} {}",
            "{\"a\":1,}",
            "NaN",
            "1e400",
            "\u{feff}{}",
            "\"\\ud800\"",
            "\"a\nb\"",
            "{\"a\" 1}",
        ] {
            assert_eq!(parse(text), Err(Fault::Syntax), "{text}");
        }
    }

    #[test]
    fn a_name_may_not_come_twice_even_in_disguise() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#,
        ] {
            assert_eq!(parse(text), Err(Fault::RepeatedName), "{text}");
        }
    }

    #[test]
    fn nesting_has_a_bound() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(FRAME_JSON_MAX_DEPTH)).is_ok());
        assert_eq!(
            parse(&nested(FRAME_JSON_MAX_DEPTH + 1)),
            Err(Fault::TooDeep)
        );
        assert_eq!(parse(&"{\"a\":".repeat(10_000)), Err(Fault::TooDeep));
    }
}
