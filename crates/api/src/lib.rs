//! The REST API. The file tree is the URL: `POST /rooms/{room_id}/actions/refresh_client_token` is
//! `rooms/actions/refresh_client_token.rs`, which holds its request, its reply, its description and its
//! handler. Only `error.rs` knows status codes and error codes.
//!
//! What is absent: SQL, WebSockets, media, the clock. To add an endpoint: a file at its path, a line
//! in the route table beside it, and one in `openapi.rs`.

pub mod body;
pub mod caller;
pub mod error;
mod examples;
pub mod fields;
mod openapi;
pub mod query;
mod rooms;
mod state;
mod well_known;
mod wire;

use axum::Router;
use axum::http::{HeaderValue, Method, header};
use axum::routing::get;
use greenroom_rooms::Keys;
use std::sync::Arc;
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

pub use openapi::document;
pub use state::{ApiState, TokenDesk};

/// Which web pages may call the API from a browser.
#[derive(Debug, Clone, Default)]
pub struct CorsOrigins(pub Vec<HeaderValue>);

/// `/v2` and everything below it.
pub fn router(state: ApiState, origins: &CorsOrigins) -> Router {
    rooms::routes(
        cors(AllowOrigin::list(origins.0.clone())),
        cors(AllowOrigin::from(Any)),
    )
    .with_state(state)
}

/// `/.well-known/jwks.json`.
pub fn well_known(keys: Arc<Keys>) -> Router {
    Router::new()
        .route("/.well-known/jwks.json", get(well_known::jwks))
        .with_state(keys)
}

/// Lets pages of `origins` call; no cookies are ever used, so none are allowed.
fn cors(origins: AllowOrigin) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            header::RETRY_AFTER,
            header::HeaderName::from_static("x-request-id"),
        ])
        .max_age(std::time::Duration::from_secs(3_600))
}
