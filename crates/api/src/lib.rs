//! The REST API. The file tree is the URL: `POST /rooms/{room_id}/actions/refresh_client_token` is
//! `rooms/actions/refresh_client_token.rs`, which holds its request, its reply, its description and its
//! handler. Only `error.rs` knows status codes and error codes.
//!
//! What is absent: SQL, WebSockets, media, the clock. To add an endpoint: a file at its path, a line
//! in the route table beside it, and one in `openapi.rs`.

pub mod body;
pub mod caller;
mod client_tokens;
pub mod error;
mod examples;
pub mod fields;
mod openapi;
mod path;
pub mod query;
mod room_participants;
mod room_sessions;
mod rooms;
pub mod server;
mod signing_keys;
mod state;
pub mod trace;
pub mod visit;
mod webhook_deliveries;
mod well_known;
mod wire;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::routing::get;
use greenroom_rooms::Keys;
use std::sync::Arc;
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

pub use openapi::document;
pub use state::{ApiState, TokenDesk};

/// Which web pages may call the API from a browser.
#[derive(Debug, Clone, Default)]
pub struct CorsOrigins(pub Vec<HeaderValue>);

/// What every page may read beside the body.
const EXPOSED: [HeaderName; 2] = [header::RETRY_AFTER, HeaderName::from_static("x-request-id")];

impl CorsOrigins {
    /// Lets a page of `origin` read an answer that was made outside the layers of [`router`], as it may read those
    /// made inside. `route` is the route's pattern.
    pub fn let_read(&self, route: &str, origin: &HeaderValue, answer: &mut HeaderMap) {
        if !route.starts_with("/v2/") {
            return;
        }
        answer.append(header::VARY, HeaderValue::from(header::ORIGIN));
        if route == rooms::REFRESH {
            answer.insert(
                header::ACCESS_CONTROL_ALLOW_ORIGIN,
                HeaderValue::from_static("*"),
            );
        } else if self.0.contains(origin) {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        } else {
            return;
        }
        for name in EXPOSED {
            answer.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, name.into());
        }
    }
}

/// `/v2` and everything below it.
pub fn router(state: ApiState, origins: &CorsOrigins) -> Router {
    let listed = || cors(AllowOrigin::list(origins.0.clone()));
    rooms::routes(listed(), cors(AllowOrigin::from(Any)))
        .merge(room_sessions::routes(listed()))
        .merge(room_participants::routes(listed()))
        .merge(client_tokens::routes(listed()))
        .merge(server::routes(listed()))
        .merge(signing_keys::routes(listed()))
        .merge(webhook_deliveries::routes(listed()))
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
        .expose_headers(EXPOSED)
        .max_age(std::time::Duration::from_secs(3_600))
}
