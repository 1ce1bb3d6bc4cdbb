//! `/healthz` (the process lives) and `/readyz` (it is fit to serve).

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use greenroom_api::error::ApiError;
use greenroom_media::Engine;
use greenroom_store::Store;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
struct Health {
    store: Arc<dyn Store>,
    engine: Arc<Engine>,
    stopping: CancellationToken,
}

/// `GET /healthz` and `GET /readyz`.
pub fn routes(store: Arc<dyn Store>, engine: Arc<Engine>, stopping: CancellationToken) -> Router {
    Router::new()
        .route(
            "/healthz",
            get(|| std::future::ready(Json(json!({"status": "ok"})))),
        )
        .route("/readyz", get(ready))
        .with_state(Health {
            store,
            engine,
            stopping,
        })
}

async fn ready(State(health): State<Health>) -> Result<Json<Value>, ApiError> {
    if health.stopping.is_cancelled() || !health.engine.is_healthy() {
        return Err(ApiError::UNAVAILABLE);
    }
    health.store.check().await?;
    Ok(Json(json!({"status": "ready"})))
}
