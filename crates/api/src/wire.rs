//! What all replies share: the `data` envelope, and `meta` on lists.

use axum::Json;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use greenroom_domain::limits::SHOWN_WITHIN_OTHERS_MAX;
use greenroom_domain::{PageMeta, PageRequest};
use serde::Serialize;
use utoipa::ToSchema;

/// A reply about one thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Data<T> {
    /// The thing.
    pub data: T,
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// Room for the headers of a usual answer, so that their map need not grow.
const USUAL_HEADERS: usize = 12;

/// A reply about one thing of which all members are texts that JSON can take as they are, such as
/// tokens. To look at each of their bytes, as a serializer has to, would cost a tenth of signing them.
pub fn plain_texts<'a>(members: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Response {
    const OPEN: &str = r#"{"data":{""#;
    const AFTER_NAME: &str = r#"":""#;
    const BETWEEN: &str = r#"",""#;
    const CLOSE: &str = r#""}}"#;
    let around = AFTER_NAME.len() + BETWEEN.len();
    let lengths = members.clone().map(|(name, text)| {
        debug_assert!(is_plain(name) && is_plain(text), "{name} needs escaping");
        name.len() + text.len() + around
    });
    let mut body = String::with_capacity(OPEN.len() + lengths.sum::<usize>() + CLOSE.len());
    let mut before = OPEN;
    for (name, text) in members {
        for part in [before, name, AFTER_NAME, text] {
            body.push_str(part);
        }
        before = BETWEEN;
    }
    body.push_str(CLOSE);
    let mut headers = HeaderMap::with_capacity(USUAL_HEADERS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut response = Response::new(Body::from(body));
    *response.headers_mut() = headers;
    response
}

/// Whether JSON takes a text as it is.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// What stands on the page.
    pub data: Vec<T>,
    /// Where in the list the page stands.
    pub meta: PaginationMeta,
}

/// Where in the list a page stands; always complete, since pagers stop by it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaginationMeta {
    /// The page's number, from 1.
    #[schema(example = 2)]
    pub page_number: u32,
    /// How many items a page holds.
    #[schema(example = 25)]
    pub page_size: u32,
    /// How many pages there are; at least 1.
    #[schema(example = 3)]
    pub total_pages: u64,
    /// How many items there are.
    #[schema(example = 55)]
    pub total_results: u64,
}

impl<T> List<T> {
    /// The page `request` of a list of `total_results`.
    pub fn new(data: Vec<T>, request: PageRequest, total_results: u64) -> Self {
        let meta = PageMeta::new(request, total_results);
        Self {
            data,
            meta: PaginationMeta {
                page_number: meta.page_number,
                page_size: meta.page_size,
                total_pages: meta.total_pages,
                total_results: meta.total_results,
            },
        }
    }
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// How many things each of `items` shows within it: `each_max`, or its even share of what one reply holds.
pub fn shown_of_each(each_max: u32, items: usize) -> u32 {
    let items = u32::try_from(items).unwrap_or(u32::MAX).max(1);
    each_max.min(SHOWN_WITHIN_OTHERS_MAX / items)
}

#[cfg(test)]
mod tests {
    use axum::body::HttpBody;
    use futures_util::FutureExt;
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn plain_texts_are_json() {
        let members = [
            ("token", "eyJ.a-b_c.d"),
            ("expires_at", "2021-04-22T12:24:55Z"),
        ];
        let response = plain_texts(members.into_iter());
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        let length = response.body().size_hint().exact();
        let body = response.into_body().collect().now_or_never().unwrap();
        let body = body.unwrap().to_bytes();
        let wanted = r#"{"data":{"token":"eyJ.a-b_c.d","expires_at":"2021-04-22T12:24:55Z"}}"#;
        assert_eq!(body, wanted);
        assert_eq!(length, Some(wanted.len() as u64));
    }

    #[test]
    fn what_has_to_be_escaped_is_not_plain() {
        assert!(is_plain("eyJ0eXAi.-_:"));
        for text in ["\"", "\\", "\n", "\u{7f}", "é"] {
            assert!(!is_plain(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_shown_within_others_is_shared_evenly() {
        assert_eq!(shown_of_each(1_000, 0), 1_000);
        assert_eq!(shown_of_each(1_000, 1), 1_000);
        assert_eq!(shown_of_each(1_000, 20), 250);
        assert_eq!(shown_of_each(1_000, 250), 20);
        assert_eq!(shown_of_each(250, 20), 250);
    }
}
