//! `POST /room_sessions/{room_session_id}/actions/end`
//!
//! A body is not looked at: some clients send none, some an empty object.

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::SessionId;
use greenroom_rooms::Moderator;

use super::ActionResult;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::path::IdInPath;
use crate::wire::Data;

/// Ends a session: everybody in it is sent out. The room stays, and can be joined again.
#[utoipa::path(
    post, path = "/room_sessions/{room_session_id}/actions/end", tag = "Room Sessions",
    operation_id = "EndSession",
    summary = "End a session",
    params(crate::openapi::parameters::SessionId),
    responses(
        (status = 200, description = "The session has ended.", body = inline(Data<ActionResult>)),
        crate::openapi::ActionErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    IdInPath(id): IdInPath<SessionId>,
    State(moderator): State<Arc<Moderator>>,
) -> Result<Data<ActionResult>, ApiError> {
    moderator.end(caller, id).await?;
    Ok(super::OK)
}
