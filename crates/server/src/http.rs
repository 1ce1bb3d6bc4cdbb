//! What the HTTP port serves beside the API: the door, the page, health, metrics, documentation; and
//! what stands around every request.

pub mod docs;
pub mod door;
pub mod health;
pub mod metrics;
pub mod observe;
pub mod pages;
pub mod webhook_key;

use axum::Router;
use greenroom_api::error::ApiError;

pub use observe::Observation;

/// Puts around `routes` what every request gets: JSON for unknown paths and methods, a time limit, no panic
/// that shows, a request id, metrics and a log line.
pub fn surround(routes: Router, observation: Observation) -> Router {
    routes
        .fallback(|| std::future::ready(ApiError::NOT_FOUND))
        .method_not_allowed_fallback(|| std::future::ready(ApiError::METHOD_NOT_ALLOWED))
        .layer(observation)
}
