//! `GET /server`

use std::sync::Arc;

use axum::extract::State;
use greenroom_rooms::ApiKeys;

use super::{ServerFacts, ServerResource};
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::wire::Data;

/// Shows this server: its version and the settings that matter to applications.
#[utoipa::path(
    get, path = "/server", tag = "Server", operation_id = "ViewServer",
    summary = "Show this server and its settings",
    responses(
        (status = 200, description = "This server.", body = inline(Data<ServerResource>)),
        crate::openapi::PlainErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    State(api_keys): State<Arc<ApiKeys>>,
    State(facts): State<Arc<ServerFacts>>,
) -> Result<Data<ServerResource>, ApiError> {
    let data = ServerResource {
        record_type: "server",
        version: facts.version,
        started_at: facts.started_at.to_rfc3339_micros(),
        operator: api_keys.is_operator(caller).await?,
        settings: facts.settings.clone(),
    };
    Ok(Data { data })
}
