//! The JSON body of a request: bounded before it is parsed, and an empty one counts as `{}`.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use greenroom_domain::limits::BODY_MAX_BYTES;
use http_body_util::BodyExt;
use serde_json::{Map, Value};

use crate::error::{ApiError, Kind};
use crate::fields::Fields;

/// The body, read as a JSON object.
pub struct JsonBody(pub Fields);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let is_json = declares_json(&request);
        let bytes = read(request.into_body()).await?;
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

/// The whole body.
async fn read(mut body: Body) -> Result<Bytes, ApiError> {
    const TOO_LARGE: ApiError = ApiError::Plain(Kind::TooLarge, "The request's body is too large.");
    if body.size_hint().lower() > BODY_MAX_BYTES as u64 {
        return Err(TOO_LARGE);
    }
    // Nearly every body comes in one piece, which is then not copied.
    let mut only = Bytes::new();
    let mut joined = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            ApiError::Plain(Kind::InvalidJson, "The request's body could not be read.")
        })?;
        let Ok(piece) = frame.into_data() else {
            // Trailers say nothing that is asked for.
            continue;
        };
        if only.len().max(joined.len()) + piece.len() > BODY_MAX_BYTES {
            return Err(TOO_LARGE);
        }
        if only.is_empty() {
            only = piece;
        } else {
            if joined.is_empty() {
                joined.extend_from_slice(&only);
            }
            joined.extend_from_slice(&piece);
        }
    }
    Ok(if joined.is_empty() {
        only
    } else {
        joined.into()
    })
}

fn declares_json(request: &Request) -> bool {
    let Some(declared) = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = declared.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return true;
    }
    let essence = essence.to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/").unwrap_or_default();
    subtype.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{FutureExt, stream};

    use super::*;

    fn read_pieces(pieces: Vec<&'static [u8]>) -> Result<Bytes, ApiError> {
        let pieces = pieces
            .into_iter()
            .map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece)));
        let body = Body::from_stream(stream::iter(pieces));
        read(body).now_or_never().unwrap()
    }

    #[test]
    fn pieces_are_joined() {
        assert_eq!(read_pieces(vec![]).unwrap(), "");
        assert_eq!(read_pieces(vec![b"", b"{}"]).unwrap(), "{}");
        assert_eq!(
            read_pieces(vec![b"{", b"", b"\"a\"", b":1}"]).unwrap(),
            r#"{"a":1}"#
        );
    }

    #[test]
    fn the_sum_is_bounded() {
        const HALF: &[u8] = &[b' '; BODY_MAX_BYTES / 2];
        let whole = read_pieces(vec![HALF, HALF]).unwrap();
        assert_eq!(whole.len(), BODY_MAX_BYTES);
        for too_large in [vec![HALF, HALF, b" "], vec![&[b' '; BODY_MAX_BYTES + 1]]] {
            assert!(matches!(
                read_pieces(too_large),
                Err(ApiError::Plain(Kind::TooLarge, _))
            ));
        }
        let known = Body::from(vec![b' '; BODY_MAX_BYTES + 1]);
        assert!(read(known).now_or_never().unwrap().is_err());
    }

    #[test]
    fn json_by_its_names() {
        let declares = |content_type: &str| {
            let request = Request::builder().header(CONTENT_TYPE, content_type);
            declares_json(&request.body(Body::empty()).unwrap())
        };
        for json in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/merge-patch+json",
            "application/Problem+Json ;x=y",
        ] {
            assert!(declares(json), "{json}");
        }
        for other in [
            "",
            "text/json",
            "application/xml",
            "json",
            "application/jsonx",
        ] {
            assert!(!declares(other), "{other}");
        }
    }
}
