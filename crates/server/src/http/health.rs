//! `/healthz` (the process lives) and `/readyz` (it is fit to serve).

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use greenroom_api::error::ApiError;
use serde_json::{Value, json};

use crate::health::Health;

/// `GET /healthz` and `GET /readyz`.
pub fn routes(health: Health) -> Router {
    Router::new()
        .route(
            "/healthz",
            get(|| std::future::ready(Json(json!({"status": "ok"})))),
        )
        .route("/readyz", get(ready))
        .with_state(health)
}

async fn ready(State(health): State<Health>) -> Result<Json<Value>, ApiError> {
    if health.is_stopping() || !health.media_lives() {
        return Err(ApiError::UNAVAILABLE);
    }
    health.store_works().await?;
    Ok(Json(json!({"status": "ready"})))
}
