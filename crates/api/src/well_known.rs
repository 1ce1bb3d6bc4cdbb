//! `/.well-known/jwks.json`: the public keys by which anyone can verify a token (RFC 7517).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use axum::response::{IntoResponse, Response};
use greenroom_rooms::Keys;

/// How long a verifier may keep the key set. A new key is published long before it signs, so only
/// an emergency revocation waits for this.
const CACHE_CONTROL_VALUE: &str = "public, max-age=300, stale-while-revalidate=60";

/// Shows the key set.
pub async fn jwks(State(keys): State<Arc<Keys>>) -> Response {
    let headers = [
        (CACHE_CONTROL, CACHE_CONTROL_VALUE),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, Json(keys.ring().jwks())).into_response()
}
