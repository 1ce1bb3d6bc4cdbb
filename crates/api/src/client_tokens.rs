//! `/client_tokens`: the route table. Not of the hosted service.

pub mod actions;

use axum::Router;
use axum::routing::post;
use tower_http::cors::CorsLayer;

use crate::rooms::method_not_allowed;
use crate::state::ApiState;

/// The routes. Pages of `origins` may call them.
pub fn routes(origins: CorsLayer) -> Router<ApiState> {
    Router::new()
        .route(
            "/v2/client_tokens/actions/explain",
            post(actions::explain::handler),
        )
        .method_not_allowed_fallback(method_not_allowed)
        .layer(origins)
}
