//! The error catalogue: the one file that knows status codes and error codes.
//!
//! Which to use when: [`ApiError`] is all that a client can ever see, and its variants are the
//! catalogue. Faults of the input carry the place they were found in ([`InvalidField`]). Failures
//! inside are logged where they are turned into [`ApiError::Unexpected`] or
//! [`ApiError::Unavailable`]; their text never goes out.
//!
//! The body is a superset of the forms that clients of the hosted service read: one error at the
//! top level **and** all of them in `errors` (`docs/compatibility.md`).

use std::fmt::Write;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use greenroom_domain::rate_limit::RateLimited;
use greenroom_rooms::key_keeper::KeyChangeError;
use greenroom_rooms::moderation::ModerationError;
use greenroom_store::{SaveRoomError, StoreError};
use greenroom_token::KeyRingError;
use serde::Serialize;

/// Where an error is explained, relative to the server's root.
const EXPLAINED_AT: &str = "/docs/errors";

/// One row of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The error's number, as text of digits.
    pub code: &'static str,
    /// The status it goes out with.
    pub status: StatusCode,
    /// What it is called.
    pub title: &'static str,
    /// When it is sent, for `docs/errors.md`.
    pub when: &'static str,
}

macro_rules! catalogue {
    ($($name:ident = $code:literal, $status:ident, $title:literal, $when:literal;)*) => {
        /// What can be said of an error: its row of the catalogue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = $when] $name,)*
        }

        impl Kind {
            /// Every row, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The row.
            pub const fn entry(self) -> Entry {
                match self {
                    $(Self::$name => Entry {
                        code: $code,
                        status: StatusCode::$status,
                        title: $title,
                        when: $when,
                    },)*
                }
            }
        }
    };
}

catalogue! {
    AuthenticationFailed = "10009", UNAUTHORIZED, "Authentication failed",
        "The request carries no API key, or one that is unknown, expired or revoked.";
    NotAuthorized = "10010", FORBIDDEN, "Authorization failed",
        "Something is wrong with the refresh token or its room. It is never said what; `POST /v2/client_tokens/actions/explain` tells whoever has the API key.";
    OperatorOnly = "10010", FORBIDDEN, "Authorization failed",
        "Signing keys are looked at and changed by the operator's account only, which is the one that was made first.";
    InvalidRoomId = "65001", FORBIDDEN, "Invalid Room ID",
        "A token was asked for, for a room that is unknown, deleted or another account's.";
    ForeignPage = "10010", FORBIDDEN, "Authorization failed",
        "A visitor's room was asked for (`/visit`) by another page than this server's own, or under a name that the server does not know.";
    NotFound = "10005", NOT_FOUND, "Resource not found",
        "There is no such resource for this account, or no such path.";
    MethodNotAllowed = "10030", METHOD_NOT_ALLOWED, "Method not allowed",
        "The path exists, but not with this method; `Allow` lists those it has.";
    UpgradeNeeded = "10015", BAD_REQUEST, "Bad Request",
        "A room's door (`/{room_id}/janus`) was asked for something else than a WebSocket with the subprotocol `janus-protocol`.";
    RequestTimeout = "10008", REQUEST_TIMEOUT, "Request timeout",
        "The request's body did not arrive in time.";
    TooLarge = "10015", PAYLOAD_TOO_LARGE, "Bad Request",
        "The request's body is larger than any valid one.";
    UnsupportedMediaType = "10014", UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type",
        "The request has a body whose Content-Type is not JSON.";
    InvalidUrl = "10003", UNPROCESSABLE_ENTITY, "Invalid URL",
        "A URL is not absolute, not http or https, or longer than 2,000 characters.";
    InvalidId = "10006", UNPROCESSABLE_ENTITY, "Invalid ID",
        "An id in the request's body is not a UUID.";
    MissingParameter = "10004", UNPROCESSABLE_ENTITY, "Missing required parameter",
        "A field that has to be there is not.";
    DuplicateResource = "10012", UNPROCESSABLE_ENTITY, "Duplicate resource",
        "Another room of the account has this name.";
    ValidationFailed = "10015", UNPROCESSABLE_ENTITY, "Validation Failed",
        "A query parameter cannot be read, or paging is out of its bounds.";
    InvalidParticipants = "10022", UNPROCESSABLE_ENTITY, "One or more invalid IDs",
        "A kick or a mute names participants who are not in the session now; `detail` says which. Nothing was done.";
    SessionEnded = "10027", UNPROCESSABLE_ENTITY, "Unprocessable Entity",
        "The session has ended, so there is nobody to act on.";
    KeyRingFull = "10027", UNPROCESSABLE_ENTITY, "Unprocessable Entity",
        "Signing keys were rotated so often that there are 16 of them. A retiring one goes after 25 hours.";
    InvalidJson = "10023", UNPROCESSABLE_ENTITY, "Invalid JSON",
        "The request's body is not JSON, or not an object.";
    StringLength = "10025", UNPROCESSABLE_ENTITY, "String length out of range",
        "A text is empty, too long, or has a character that cannot be kept (U+0000).";
    InvalidType = "10026", UNPROCESSABLE_ENTITY, "Invalid parameter type",
        "A field is of the wrong type.";
    InvalidFilter = "10031", UNPROCESSABLE_ENTITY, "Invalid request filter",
        "A `filter[...]` parameter is not one of the list's filters.";
    InvalidChoice = "10032", UNPROCESSABLE_ENTITY, "Invalid enumerated value",
        "A text is not one of those that can stand there.";
    OutOfRange = "10033", UNPROCESSABLE_ENTITY, "Value outside of range",
        "A number or the length of a list is out of its bounds. Nothing is ever clamped.";
    TooManyRequests = "10011", TOO_MANY_REQUESTS, "Too many requests",
        "A rate limit; `Retry-After` says in how many seconds (60 at most) to come again.";
    Unexpected = "10007", INTERNAL_SERVER_ERROR, "Unexpected error",
        "A fault in the server; `x-request-id` finds it in the log.";
    Unavailable = "10037", SERVICE_UNAVAILABLE, "Service unavailable",
        "The server cannot do this now, for instance because its disk is full; `Retry-After` says when to try again.";
}

/// Where in the request a fault was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A JSON pointer (RFC 6901) into the body.
    Pointer(String),
    /// A query parameter.
    Parameter(String),
}

/// One fault of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidField {
    /// What kind of fault.
    pub kind: Kind,
    /// What is wrong, in words for the developer who sent it.
    pub detail: String,
    /// Where it was found.
    pub place: Option<Place>,
}

/// Everything that can go wrong for a client.
#[derive(Debug)]
pub enum ApiError {
    /// An error that its row says everything about, with a detail.
    Plain(Kind, &'static str),
    /// One or more faults of the input.
    Invalid(Vec<InvalidField>),
    /// A rate limit.
    RateLimited(RateLimited),
}

impl ApiError {
    /// No usable API key.
    pub const UNAUTHENTICATED: Self = Self::Plain(
        Kind::AuthenticationFailed,
        "An API key is needed, as `Authorization: Bearer <key>`; there was none, or it is not valid.",
    );
    /// The one answer to everything that can be wrong with a refresh.
    pub const REFRESH_REFUSED: Self = Self::Plain(
        Kind::NotAuthorized,
        "The refresh token does not allow this.",
    );
    /// The one answer to every room that no token can be had for.
    pub const NO_SUCH_ROOM_FOR_TOKEN: Self =
        Self::Plain(Kind::InvalidRoomId, "There is no such room.");
    /// Not with this method; the router adds `Allow`.
    pub const METHOD_NOT_ALLOWED: Self = Self::Plain(
        Kind::MethodNotAllowed,
        "This path has no such method; `Allow` lists those it has.",
    );
    /// Not for this account.
    pub const OPERATOR_ONLY: Self = Self::Plain(
        Kind::OperatorOnly,
        "Only the operator's account may do this: the one that was made first.",
    );
    /// Nothing here.
    pub const NOT_FOUND: Self =
        Self::Plain(Kind::NotFound, "The requested resource could not be found.");
    /// The program has a fault.
    pub const UNEXPECTED: Self = Self::Plain(Kind::Unexpected, "An unexpected error occurred.");
    /// Not now.
    pub const UNAVAILABLE: Self =
        Self::Plain(Kind::Unavailable, "This cannot be done at the moment.");

    /// One fault of the body.
    pub fn invalid_body(kind: Kind, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![InvalidField {
            kind,
            detail: detail.into(),
            place: Some(Place::Pointer(pointer.into())),
        }])
    }

    /// The row of the (first) error.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Plain(kind, _) => *kind,
            Self::Invalid(fields) => fields.first().map_or(Kind::Unexpected, |field| field.kind),
            Self::RateLimited(_) => Kind::TooManyRequests,
        }
    }

    fn documents(&self) -> Vec<ErrorDocument> {
        match self {
            Self::Plain(kind, detail) => vec![ErrorDocument::new(*kind, detail, None)],
            Self::Invalid(fields) => fields
                .iter()
                .map(|field| ErrorDocument::new(field.kind, &field.detail, field.place.as_ref()))
                .collect(),
            Self::RateLimited(limited) => vec![ErrorDocument::new(
                Kind::TooManyRequests,
                &format!(
                    "Too many requests; try again in {} s.",
                    limited.retry_after_secs
                ),
                None,
            )],
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotWritable(_) | StoreError::Unavailable(_) => {
                tracing::error!(%error, "the store failed");
                Self::UNAVAILABLE
            }
            StoreError::Inconsistent { .. } => {
                tracing::error!(%error, "the store holds what it should not");
                Self::UNEXPECTED
            }
        }
    }
}

impl From<SaveRoomError> for ApiError {
    fn from(error: SaveRoomError) -> Self {
        match error {
            SaveRoomError::NameTaken => Self::invalid_body(
                Kind::DuplicateResource,
                "/unique_name",
                "Another room of this account has this name.",
            ),
            SaveRoomError::Store(error) => error.into(),
        }
    }
}

/// Ids that an error names; of further ones it tells how many there are.
const IDS_NAMED_MAX: usize = 10;

impl From<ModerationError> for ApiError {
    fn from(error: ModerationError) -> Self {
        match error {
            ModerationError::NotFound => Self::NOT_FOUND,
            ModerationError::Ended => Self::Plain(Kind::SessionEnded, "The session has ended."),
            ModerationError::NotPresent(ids) => {
                let named: Vec<_> = ids
                    .iter()
                    .take(IDS_NAMED_MAX)
                    .map(ToString::to_string)
                    .collect();
                let mut detail = format!("Not in the session now: {}", named.join(", "));
                if ids.len() > IDS_NAMED_MAX {
                    let _ = write!(detail, " and {} more", ids.len() - IDS_NAMED_MAX);
                }
                detail.push('.');
                Self::invalid_body(Kind::InvalidParticipants, "/participants", detail)
            }
            ModerationError::Store(error) => error.into(),
        }
    }
}

impl From<KeyChangeError> for ApiError {
    fn from(error: KeyChangeError) -> Self {
        match error {
            KeyChangeError::Ring(KeyRingError::Unknown(_)) => Self::NOT_FOUND,
            KeyChangeError::Ring(KeyRingError::TooMany) => Self::Plain(
                Kind::KeyRingFull,
                "There are 16 keys; wait until retiring ones are gone.",
            ),
            KeyChangeError::Ring(_) | KeyChangeError::Generate(_) => {
                tracing::error!(%error, "the signing keys cannot be changed");
                Self::UNEXPECTED
            }
            KeyChangeError::Cabinet(_) => {
                tracing::error!(%error, "the signing keys cannot be kept");
                Self::UNAVAILABLE
            }
        }
    }
}

impl From<RateLimited> for ApiError {
    fn from(limited: RateLimited) -> Self {
        Self::RateLimited(limited)
    }
}

/// An error as it is sent.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = video_Error)]
pub struct ErrorDocument {
    /// The error's number in the catalogue.
    #[schema(example = "10005")]
    pub code: &'static str,
    /// What the error is called.
    #[schema(example = "Resource not found")]
    pub title: &'static str,
    /// What is wrong, in a sentence.
    #[schema(required = false)]
    pub detail: String,
    /// Where in the request the fault was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source: Option<ErrorSource>,
    /// Where the error is explained (`url`).
    #[schema(required = false, value_type = Object, additional_properties)]
    pub meta: ErrorMeta,
}

/// Where in the request a fault was found.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ErrorSource {
    /// JSON pointer (RFC 6901) into the request's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pointer: Option<String>,
    /// The name of the query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parameter: Option<String>,
}

/// What else is known of an error.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ErrorMeta {
    /// Where it is explained, from the server's root.
    pub url: String,
}

impl ErrorDocument {
    fn new(kind: Kind, detail: &str, place: Option<&Place>) -> Self {
        let entry = kind.entry();
        let source = place.map(|place| match place {
            Place::Pointer(pointer) => ErrorSource {
                pointer: Some(pointer.clone()),
                parameter: None,
            },
            Place::Parameter(parameter) => ErrorSource {
                pointer: None,
                parameter: Some(parameter.clone()),
            },
        });
        Self {
            code: entry.code,
            title: entry.title,
            detail: detail.to_owned(),
            source,
            meta: ErrorMeta {
                url: format!("{EXPLAINED_AT}#{}", entry.code),
            },
        }
    }
}

/// The body of every error: the first error at the top level, and all of them in `errors`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = video_Errors)]
pub struct ErrorBody {
    /// The first error.
    #[serde(flatten)]
    first: ErrorDocument,
    /// All errors, the first one too.
    errors: Vec<ErrorDocument>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.kind().entry().status;
        let errors = self.documents();
        let mut response = match errors.first() {
            Some(first) => (
                status,
                axum::Json(ErrorBody {
                    first: first.clone(),
                    errors,
                }),
            )
                .into_response(),
            None => status.into_response(),
        };
        let headers = response.headers_mut();
        match self {
            Self::RateLimited(limited) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(limited.retry_after_secs));
            }
            Self::Plain(Kind::AuthenticationFailed, _) => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Plain(Kind::Unavailable, _) => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            Self::Plain(..) | Self::Invalid(_) => {}
        }
        response
    }
}

/// The catalogue as a page for people (`docs/errors.md`).
pub fn catalogue_markdown() -> String {
    let mut page = String::from(
        "# Errors\n\nEvery answer that is not a success has a JSON body: `code`, `title`, `detail`, where it \
         applies `source` (`pointer` into the body or `parameter` of the query), and `meta.url`. \
         The same object, and further ones if there is more than one fault, stand in `errors`.\n\n\
         This page is generated from the code: `cargo xtask codegen`.\n\n\
         | status | code | title | when |\n|---|---|---|---|\n",
    );
    for entry in Kind::ALL.iter().map(|kind| kind.entry()) {
        let row = format!(
            "| {} | {} | {} | {} |\n",
            entry.status.as_u16(),
            entry.code,
            entry.title,
            entry.when
        );
        page.push_str(&row);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_documented_and_an_error() {
        let page = catalogue_markdown();
        for entry in Kind::ALL.iter().map(|kind| kind.entry()) {
            assert!(
                entry.status.is_client_error() || entry.status.is_server_error(),
                "{entry:?}"
            );
            assert!(entry.status != StatusCode::CONFLICT, "the SDKs retry a 409");
            assert!(
                entry.code.bytes().all(|byte| byte.is_ascii_digit()),
                "{entry:?}"
            );
            assert!(page.contains(entry.when), "{entry:?}");
        }
    }

    #[test]
    fn the_body_serves_both_kinds_of_reader() {
        let error = ApiError::Invalid(vec![
            InvalidField {
                kind: Kind::OutOfRange,
                detail: "must be between 10 and 3600 seconds".into(),
                place: Some(Place::Pointer("/token_ttl_secs".into())),
            },
            InvalidField {
                kind: Kind::InvalidFilter,
                detail: "unknown".into(),
                place: Some(Place::Parameter("filter[x]".into())),
            },
        ]);
        let errors = error.documents();
        let body = ErrorBody {
            first: errors[0].clone(),
            errors,
        };
        insta::assert_json_snapshot!(body);
    }
}
