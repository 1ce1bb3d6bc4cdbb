//! `GET /room_sessions/{room_session_id}`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::SessionId;
use greenroom_store::Store;

use super::SessionResource;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::path::IdInPath;
use crate::query::Query;
use crate::wire::Data;

/// Shows a session, also one of a deleted room.
#[utoipa::path(
    get, path = "/room_sessions/{room_session_id}", tag = "Room Sessions", operation_id = "ViewRoomSession",
    summary = "Show a session",
    params(
        crate::openapi::parameters::SessionId,
        crate::openapi::parameters::IncludeParticipants,
    ),
    responses(
        (status = 200, description = "The session.", body = inline(Data<SessionResource>)),
        crate::openapi::ResourceErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    IdInPath(id): IdInPath<SessionId>,
    State(store): State<Arc<dyn Store>>,
    mut query: Query,
) -> Result<Data<SessionResource>, ApiError> {
    let include_participants = query.boolean("include_participants").unwrap_or(false);
    query.finish(&[])?;
    let session = store.session(caller.account_id, id).await?;
    let session = [session.ok_or(ApiError::NOT_FOUND)?];
    let shown = SessionResource::all(&session, include_participants, &*store).await?;
    let data = shown.into_iter().next().ok_or(ApiError::UNEXPECTED)?;
    Ok(Data { data })
}
