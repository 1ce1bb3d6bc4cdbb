//! What the HTTP port serves beside the API: the door, health, metrics, documentation; and what
//! stands around every request.

pub mod docs;
pub mod door;
pub mod health;
pub mod metrics;
pub mod observe;

use axum::Router;
use axum::response::{IntoResponse, Response};
use greenroom_api::error::ApiError;
use tower_http::catch_panic::CatchPanicLayer;

pub use observe::Observation;

/// Puts around `routes` what every request gets: JSON for unknown paths and methods, a time limit, no panic
/// that shows, a request id, metrics and a log line.
pub fn surround(routes: Router, observation: Observation) -> Router {
    routes
        .fallback(|| std::future::ready(ApiError::NOT_FOUND))
        .method_not_allowed_fallback(|| std::future::ready(ApiError::METHOD_NOT_ALLOWED))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn_with_state(
            observation,
            observe::observe,
        ))
}

/// A panic in a handler is a fault of ours; its text may hold anything, so it is not repeated.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    ApiError::UNEXPECTED.into_response()
}
