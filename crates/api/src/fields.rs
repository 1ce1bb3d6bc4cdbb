//! Reads the fields of a JSON body one by one, and gathers every fault with its place.
//!
//! Scalars are taken leniently, as real clients send them: a number or a boolean may come as text
//! (`"10"`, `"false"`). Nothing else is guessed. Unknown fields are ignored.

use std::str::FromStr;

use greenroom_domain::id::InvalidId;
use serde_json::{Map, Value};

use crate::error::{ApiError, InvalidField, Kind, Place};

/// The fields of a JSON object, and the faults found so far.
#[derive(Debug)]
pub struct Fields {
    object: Map<String, Value>,
    faults: Vec<InvalidField>,
}

/// Some, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdsOrAll<T> {
    /// Those of these ids.
    Ids(Vec<T>),
    /// All.
    All,
}

impl Fields {
    /// Reads the fields of `object`.
    pub const fn new(object: Map<String, Value>) -> Self {
        Self {
            object,
            faults: Vec::new(),
        }
    }

    /// Ends the reading: all faults, or none.
    pub fn finish(self) -> Result<(), ApiError> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Invalid(self.faults))
        }
    }

    /// Whether `name` was sent, be it as null.
    pub fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// An integer; `None` if absent or null.
    pub fn integer(&mut self, name: &'static str) -> Option<i64> {
        let integer = match self.object.get(name)? {
            Value::Null => return None,
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.parse().ok(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        if integer.is_none() {
            self.fault(Kind::InvalidType, name, "must be an integer");
        }
        integer
    }

    /// A boolean; `None` if absent or null.
    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        let boolean = match self.object.get(name)? {
            Value::Null => return None,
            Value::Bool(boolean) => Some(*boolean),
            Value::String(text) => text.parse().ok(),
            Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        };
        if boolean.is_none() {
            self.fault(Kind::InvalidType, name, "must be true or false");
        }
        boolean
    }

    /// A text; `None` if absent or null.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        match self.object.get_mut(name)? {
            Value::Null => None,
            Value::String(text) => Some(std::mem::take(text)),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                self.fault(Kind::InvalidType, name, "must be a string");
                None
            }
        }
    }

    /// A list of ids, no longer than `max`; `None` if absent or null, or if anything is wrong with it.
    pub fn ids<T: FromStr<Err = InvalidId>>(
        &mut self,
        name: &'static str,
        max: usize,
    ) -> Option<Vec<T>> {
        match self.object.get_mut(name)? {
            Value::Null => None,
            Value::Array(items) => {
                let items = std::mem::take(items);
                self.read_ids(name, &items, max)
            }
            Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                self.fault(Kind::InvalidType, name, "must be a list of ids");
                None
            }
        }
    }

    /// A list of ids as [`ids`](Self::ids) reads it, or the word `all`.
    pub fn ids_or_all<T: FromStr<Err = InvalidId>>(
        &mut self,
        name: &'static str,
        max: usize,
    ) -> Option<IdsOrAll<T>> {
        let Some(Value::String(text)) = self.object.get(name) else {
            return self.ids(name, max).map(IdsOrAll::Ids);
        };
        if text == "all" {
            return Some(IdsOrAll::All);
        }
        self.fault(Kind::InvalidChoice, name, "must be `all` or a list of ids");
        None
    }

    fn read_ids<T: FromStr<Err = InvalidId>>(
        &mut self,
        name: &str,
        items: &[Value],
        max: usize,
    ) -> Option<Vec<T>> {
        if items.len() > max {
            let detail = format!("must not have more than {max} ids");
            self.fault(Kind::OutOfRange, name, &detail);
            return None;
        }
        let mut ids = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let place = format!("{name}/{index}");
            match item.as_str().map(str::parse) {
                Some(Ok(id)) => ids.push(id),
                Some(Err(error)) => self.fault(Kind::InvalidId, &place, &format!("is {error}")),
                None => self.fault(Kind::InvalidType, &place, "must be a string"),
            }
        }
        (ids.len() == items.len()).then_some(ids)
    }

    /// Notes that `name` is missing, unless something else is wrong already.
    pub fn missing(&mut self, name: &'static str, detail: &str) {
        if self.faults.is_empty() {
            self.fault(Kind::MissingParameter, name, detail);
        }
    }

    /// A text that has to be there.
    pub fn required_text(&mut self, name: &'static str) -> Option<String> {
        if matches!(self.object.get(name), None | Some(Value::Null)) {
            self.fault(Kind::MissingParameter, name, "is required");
            return None;
        }
        self.text(name)
    }

    /// Takes a value through its rule; a fault is noted under `name`.
    pub fn checked<T, E: ToString>(
        &mut self,
        name: &'static str,
        kind: Kind,
        value: Result<T, E>,
    ) -> Option<T> {
        value
            .map_err(|error| self.fault(kind, name, &error.to_string()))
            .ok()
    }

    fn fault(&mut self, kind: Kind, name: &str, detail: &str) {
        self.faults.push(InvalidField {
            kind,
            detail: format!("{name} {detail}."),
            place: Some(Place::Pointer(format!("/{name}"))),
        });
    }
}

/// A float that is a whole number well inside the integers, as `10.0` is.
fn whole(float: f64) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole and inside 2^53, checked here"
    )]
    (float.fract() == 0.0 && float.abs() <= EXACT_MAX).then_some(float as i64)
}

#[cfg(test)]
mod tests {
    use greenroom_domain::ParticipantId;
    use serde_json::json;

    use super::*;

    fn fields(value: &Value) -> Fields {
        Fields::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn scalars_are_taken_as_they_come() {
        let mut fields = fields(&json!({
            "a": 10, "b": "10", "c": 10.0, "d": null, "e": true, "f": "false", "g": "text",
        }));
        assert_eq!(
            ["a", "b", "c"].map(|name| fields.integer(name)),
            [Some(10); 3]
        );
        assert_eq!(fields.integer("d"), None);
        assert_eq!(fields.integer("absent"), None);
        assert_eq!(
            (fields.boolean("e"), fields.boolean("f")),
            (Some(true), Some(false))
        );
        assert_eq!(fields.text("g").as_deref(), Some("text"));
        assert!(fields.has("d") && !fields.has("absent"));
        assert!(fields.finish().is_ok());
    }

    #[test]
    fn each_fault_is_told_with_its_place() {
        let mut fields = fields(&json!({
            "a": "ten", "b": 1.5, "c": [], "d": {}, "e": "yes", "f": 1, "g": 7, "h": 1e300, "i": "",
        }));
        for name in ["a", "b", "c", "d", "h", "i"] {
            assert_eq!(fields.integer(name), None, "{name}");
        }
        assert_eq!((fields.boolean("e"), fields.boolean("f")), (None, None));
        assert_eq!(fields.text("g"), None);
        assert_eq!(fields.required_text("absent"), None);
        let Err(ApiError::Invalid(faults)) = fields.finish() else {
            panic!("no faults")
        };
        assert_eq!(faults.len(), 10);
        assert_eq!(faults[0].place, Some(Place::Pointer("/a".into())));
        assert_eq!(faults[9].kind, Kind::MissingParameter);
    }

    #[test]
    fn ids_are_read_one_by_one() {
        const ONE: &str = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0";
        let mut fields = fields(&json!({
            "a": [ONE, ONE], "b": "all", "c": [], "d": null,
            "e": {}, "f": "everybody", "g": 7, "h": [ONE, ONE, ONE],
        }));
        let one: ParticipantId = ONE.parse().unwrap();
        assert_eq!(fields.ids_or_all("a", 2), Some(IdsOrAll::Ids(vec![one; 2])));
        assert_eq!(
            fields.ids_or_all::<ParticipantId>("b", 2),
            Some(IdsOrAll::All)
        );
        assert_eq!(fields.ids::<ParticipantId>("c", 2), Some(Vec::new()));
        assert_eq!(fields.ids::<ParticipantId>("d", 2), None);
        assert_eq!(fields.ids_or_all::<ParticipantId>("absent", 2), None);
        assert!(fields.faults.is_empty());
        for name in ["e", "f", "g", "h"] {
            assert_eq!(fields.ids_or_all::<ParticipantId>(name, 2), None);
        }
        let Err(ApiError::Invalid(faults)) = fields.finish() else {
            panic!("no faults")
        };
        let found: Vec<_> = faults
            .into_iter()
            .map(|fault| (fault.kind, fault.place))
            .collect();
        let at = |place: &str| Some(Place::Pointer(place.into()));
        assert_eq!(
            found,
            [
                (Kind::InvalidType, at("/e")),
                (Kind::InvalidChoice, at("/f")),
                (Kind::InvalidType, at("/g")),
                (Kind::OutOfRange, at("/h")),
            ]
        );
    }

    #[test]
    fn each_bad_id_is_told_with_its_place() {
        let mut fields = fields(&json!({"ids": ["x", "0CCC7B54-4DF3-4BCA-A65A-3DA1ECC777F0", 7]}));
        assert_eq!(fields.ids::<ParticipantId>("ids", 3), None);
        let Err(ApiError::Invalid(faults)) = fields.finish() else {
            panic!("no faults")
        };
        let found = faults
            .into_iter()
            .map(|fault| (fault.kind, fault.place.unwrap()));
        let at = |place: &str| Place::Pointer(place.into());
        assert!(found.eq([
            (Kind::InvalidId, at("/ids/0")),
            (Kind::InvalidId, at("/ids/1")),
            (Kind::InvalidType, at("/ids/2")),
        ]));
    }
}
