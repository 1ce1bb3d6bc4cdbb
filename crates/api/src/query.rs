//! The query string: bounded, decoded (`%5B`, `+`), and read parameter by parameter.
//!
//! Unknown `filter[...]` parameters are refused, since a filter that is silently ignored shows
//! somebody the wrong rooms; all other unknown parameters are ignored.

use std::borrow::Cow;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use greenroom_domain::PageRequest;
use greenroom_domain::filter::DayFilter;
use greenroom_domain::id::InvalidId;
use greenroom_domain::limits::{QUERY_MAX_BYTES, QUERY_MAX_PARAMETERS};
use greenroom_domain::paging::{PageNumber, PageSize, PagingOutOfRange};
use greenroom_domain::time::Day;
use percent_encoding::percent_decode_str;

use crate::error::{ApiError, InvalidField, Kind, Place};

/// The parameters of a query, in the order they came; of repeated ones the last counts.
#[derive(Debug, Default)]
pub struct Query {
    parameters: Vec<(String, String)>,
    faults: Vec<InvalidField>,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl Query {
    /// Decodes a query string.
    pub fn parse(query: &str) -> Result<Self, ApiError> {
        if query.len() > QUERY_MAX_BYTES {
            return Err(ApiError::Plain(
                Kind::ValidationFailed,
                "The query string is too long.",
            ));
        }
        let mut parameters = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == QUERY_MAX_PARAMETERS {
                return Err(ApiError::Plain(
                    Kind::ValidationFailed,
                    "The query string has too many parameters.",
                ));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            parameters.push((decode(name)?, decode(value)?));
        }
        Ok(Self {
            parameters,
            faults: Vec::new(),
        })
    }

    /// Ends the reading: refuses `filter[...]` parameters other than `known`, then tells all faults.
    pub fn finish(mut self, known_filters: &[&str]) -> Result<(), ApiError> {
        let unknown: Vec<_> = self
            .parameters
            .iter()
            .map(|(name, _)| name)
            .filter(|name| name.starts_with("filter[") && !known_filters.contains(&name.as_str()))
            .cloned()
            .collect();
        for name in unknown {
            self.fault(Kind::InvalidFilter, &name, "is not a filter of this list");
        }
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Invalid(self.faults))
        }
    }

    /// A parameter's text; absent and empty are the same.
    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name).map(ToOwned::to_owned)
    }

    /// A boolean parameter.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.value(name)? {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => {
                self.fault(Kind::ValidationFailed, name, "must be true or false");
                None
            }
        }
    }

    /// One of some words, and what it stands for.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let value = self.value(name)?;
        let found = choices.iter().find(|(word, _)| *word == value);
        if found.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            let detail = format!("must be one of: {}", words.join(", "));
            self.fault(Kind::ValidationFailed, name, &detail);
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// An id.
    pub fn id<T: FromStr<Err = InvalidId>>(&mut self, name: &str) -> Option<T> {
        let id = self.value(name)?.parse();
        id.map_err(|error: InvalidId| {
            self.fault(Kind::ValidationFailed, name, &format!("is {error}"));
        })
        .ok()
    }

    /// The day conditions `<name>[eq]`, `[gte]` and `[lte]`.
    pub fn days(&mut self, name: &str) -> DayFilter {
        DayFilter {
            eq: self.day(&format!("{name}[eq]")),
            gte: self.day(&format!("{name}[gte]")),
            lte: self.day(&format!("{name}[lte]")),
        }
    }

    /// Which page is asked for. `page_number` and `page_size` win over `page[number]` and
    /// `page[size]`: one SDK's pager appends the first to a query that still has the second.
    pub fn page(&mut self) -> PageRequest {
        let number = self.integer(&["page_number", "page[number]"], PageNumber::new);
        let size = self.integer(&["page_size", "page[size]"], PageSize::new);
        PageRequest::new(number.unwrap_or_default(), size.unwrap_or_default())
    }

    fn integer<T>(
        &mut self,
        names: &[&str],
        rule: fn(i64) -> Result<T, PagingOutOfRange>,
    ) -> Option<T> {
        let name = names.iter().find(|name| self.value(name).is_some())?;
        let Ok(integer) = self.value(name)?.parse() else {
            self.fault(Kind::ValidationFailed, name, "must be an integer");
            return None;
        };
        rule(integer)
            .map_err(|error| self.fault(Kind::ValidationFailed, name, &error.to_string()))
            .ok()
    }

    fn day(&mut self, name: &str) -> Option<Day> {
        self.value(name)?
            .parse()
            .map_err(|error: greenroom_domain::time::InvalidDay| {
                self.fault(Kind::ValidationFailed, name, &format!("is {error}"));
            })
            .ok()
    }

    fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .parameters
            .iter()
            .rev()
            .find(|(other, _)| other == name)?;
        (!value.is_empty()).then_some(value)
    }

    fn fault(&mut self, kind: Kind, name: &str, detail: &str) {
        self.faults.push(InvalidField {
            kind,
            detail: format!("{name} {detail}."),
            place: Some(Place::Parameter(name.to_owned())),
        });
    }
}

fn decode(text: &str) -> Result<String, ApiError> {
    let spaced = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(decoded) if !decoded.contains('\0') => Ok(decoded.into_owned()),
        Ok(_) | Err(_) => Err(ApiError::Plain(
            Kind::ValidationFailed,
            "The query string is not UTF-8 text.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(query: &str) -> Result<(u32, u32), ApiError> {
        let mut query = Query::parse(query)?;
        let page = query.page();
        query.finish(&[])?;
        Ok((page.number(), page.size()))
    }

    #[test]
    fn both_ways_to_ask_for_a_page() {
        assert_eq!(page("").unwrap(), (1, 20));
        assert_eq!(page("page%5Bnumber%5D=3&page[size]=250").unwrap(), (3, 250));
        assert_eq!(page("page%5Bnumber%5D=1&page_number=2").unwrap(), (2, 20));
        for wrong in [
            "page[number]=0",
            "page[size]=251",
            "page[size]=ten",
            "page_number=1.5",
        ] {
            assert!(page(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn filters_are_decoded_and_strict() {
        let mut query =
            Query::parse("filter%5Bunique_name%5D=my+room%21&x=1&filter[d][gte]=2021-04-25")
                .unwrap();
        assert_eq!(
            query.text("filter[unique_name]").as_deref(),
            Some("my room!")
        );
        assert!(query.days("filter[d]").gte.is_some());
        assert!(
            query
                .finish(&["filter[unique_name]", "filter[d][gte]"])
                .is_ok()
        );
        let Err(ApiError::Invalid(faults)) = Query::parse("filter[x]=1").unwrap().finish(&[])
        else {
            panic!("an unknown filter was taken")
        };
        assert_eq!(faults[0].kind, Kind::InvalidFilter);
        assert_eq!(faults[0].place, Some(Place::Parameter("filter[x]".into())));
    }

    #[test]
    fn it_is_bounded() {
        assert!(Query::parse(&"a".repeat(QUERY_MAX_BYTES + 1)).is_err());
        assert!(Query::parse(&"a&".repeat(QUERY_MAX_PARAMETERS + 1)).is_err());
        assert!(Query::parse("a=%ff").is_err());
        assert!(Query::parse("a=%00").is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,200}") {
            if let Ok(mut query) = Query::parse(&text) {
                query.page();
                query.boolean("include_sessions");
                query.days("filter[date_created_at]");
                let _ = query.finish(&[]);
            }
        }
    }
}
