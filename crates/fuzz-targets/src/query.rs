//! Text as the query string of a list.

use greenroom_api::error::Kind;
use greenroom_api::query::Query;
use greenroom_domain::limits::{QUERY_MAX_BYTES, QUERY_MAX_PARAMETERS};

/// Filters of the list that the query is taken to be for.
const FILTERS: &[&str] = &[
    "filter[unique_name]",
    "filter[date_created_at][eq]",
    "filter[date_created_at][gte]",
    "filter[date_created_at][lte]",
];

/// Parameters of which text is compared with what another decoder finds.
const NAMES: &[&str] = &["a", "filter[unique_name]", "page[number]", "page_size"];

/// Reads a query as a list does.
pub fn query(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut query = match Query::parse(text) {
        Ok(query) => query,
        Err(error) => {
            assert_eq!(error.kind(), Kind::ValidationFailed);
            return;
        }
    };
    assert!(text.len() <= QUERY_MAX_BYTES);
    let pairs = || url::form_urlencoded::parse(text.as_bytes());
    assert!(pairs().count() <= QUERY_MAX_PARAMETERS);
    for name in NAMES {
        let last = pairs().filter(|(other, _)| other == name).last();
        let expected = last
            .map(|(_, value)| value.into_owned())
            .filter(|value| !value.is_empty());
        assert_eq!(query.text(name), expected, "{name} in {text:?}");
    }
    let asked = |name: &str| pairs().any(|(other, value)| other == name && !value.is_empty());

    let days = query.days("filter[date_created_at]");
    let boolean = query.boolean("include_sessions");
    let page = query.page();
    assert!((1..=250).contains(&page.size()));
    assert!(page.number() >= 1);

    match query.finish(FILTERS) {
        Ok(()) => {
            let strange = pairs()
                .find(|(name, _)| name.starts_with("filter[") && !FILTERS.contains(&name.as_ref()));
            assert_eq!(strange, None, "a filter that was ignored");
            assert!(boolean.is_some() || !asked_last(text, "include_sessions"));
            for (name, day) in [
                ("filter[date_created_at][eq]", days.eq),
                ("filter[date_created_at][gte]", days.gte),
                ("filter[date_created_at][lte]", days.lte),
            ] {
                assert_eq!(day.is_some(), asked_last(text, name), "{name} in {text:?}");
            }
        }
        Err(error) => {
            assert!(matches!(
                error.kind(),
                Kind::ValidationFailed | Kind::InvalidFilter
            ));
            assert!(
                asked("include_sessions")
                    || text.contains("page")
                    || text.contains("filter")
                    || text.contains('%'),
                "refused for nothing: {text:?}"
            );
        }
    }
}

/// Whether the last parameter of that name has a value.
fn asked_last(text: &str, name: &str) -> bool {
    url::form_urlencoded::parse(text.as_bytes())
        .filter(|(other, _)| other == name)
        .last()
        .is_some_and(|(_, value)| !value.is_empty())
}
