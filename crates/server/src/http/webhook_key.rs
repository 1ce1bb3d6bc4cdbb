//! `/.well-known/webhook-key.json`: the public key by which a receiver verifies webhooks. The official SDKs take it
//! as a setting (`TELNYX_PUBLIC_KEY`) and have no call to ask for it.

use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

/// The route. `public_key` is the 32 bytes of the key in base64.
pub fn routes(public_key: &str) -> Router {
    let document = json!({"algorithm": "Ed25519", "public_key": public_key});
    let headers = [
        (CACHE_CONTROL, "public, max-age=300"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    Router::new().route(
        "/.well-known/webhook-key.json",
        get(move || std::future::ready((headers, Json(document.clone())))),
    )
}
