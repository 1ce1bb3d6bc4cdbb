//! What came back of a request.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// The answer to a request, read to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self {
            status: status.as_u16(),
            headers,
            body,
        }
    }

    /// A header's value, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("a header of readable text"))
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of UTF-8 text")
    }

    /// The body, which has to be JSON and to say so.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{self:?}"
        );
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the body of {self:?}"))
    }

    /// Takes the reply for one of `status`; panics with what it says if it is another.
    #[track_caller]
    #[expect(
        clippy::return_self_not_must_use,
        reason = "often the status is all that counts"
    )]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    /// The member `data` of a reply of `status`.
    #[track_caller]
    pub fn data(self, status: u16) -> Value {
        self.expect(status).json()["data"].take()
    }

    /// Takes the reply for an error of `status` and `code`, in the form that all errors have: the
    /// body, JSON with the first error at the top and all of them in `errors`, and a request id.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.clone().expect(status).json();
        assert_eq!(body["code"], code, "{body:#}");
        for member in ["code", "title", "detail", "source", "meta"] {
            assert_eq!(body[member], body["errors"][0][member], "{body:#}");
        }
        for text in ["title", "detail"] {
            assert!(body[text].as_str().is_some_and(|text| !text.is_empty()));
        }
        let explained = format!("/docs/errors#{code}");
        assert_eq!(body["meta"]["url"], explained.as_str(), "{body:#}");
        assert!(self.header("x-request-id").is_some_and(|id| !id.is_empty()));
        body
    }
}
