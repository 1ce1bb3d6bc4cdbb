//! The JSON body of a request: bounded before it is parsed, and an empty one counts as `{}`.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::error::{ApiError, Kind};
use crate::fields::Fields;

/// The body, read as a JSON object.
pub struct JsonBody(pub Fields);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = declares_json(&request);
        let bytes =
            Bytes::from_request(request, state)
                .await
                .map_err(|rejection| match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => {
                        ApiError::Plain(Kind::TooLarge, "The request's body is too large.")
                    }
                    _ => {
                        ApiError::Plain(Kind::InvalidJson, "The request's body could not be read.")
                    }
                })?;
        if bytes.is_empty() {
            return Ok(Self(Fields::new(Map::new())));
        }
        if !is_json {
            return Err(ApiError::Plain(
                Kind::UnsupportedMediaType,
                "Send the body with `Content-Type: application/json`.",
            ));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(Self(Fields::new(object))),
            Ok(_) => Err(ApiError::invalid_body(
                Kind::InvalidJson,
                "",
                "The body must be a JSON object.",
            )),
            Err(_) => Err(ApiError::invalid_body(
                Kind::InvalidJson,
                "",
                "The body must be valid JSON.",
            )),
        }
    }
}

fn declares_json(request: &Request) -> bool {
    let Some(declared) = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = declared
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/").unwrap_or_default();
    subtype == "json" || subtype.ends_with("+json")
}
