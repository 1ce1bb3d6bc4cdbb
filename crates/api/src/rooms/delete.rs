//! `DELETE /rooms/{room_id}`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use greenroom_rooms::{RoomDirectory, audit};

use super::RoomPath;
use crate::caller::Authenticated;
use crate::error::ApiError;

/// Deletes a room: whoever is in it is sent away, and no token opens it any more.
#[utoipa::path(
    delete, path = "/rooms/{room_id}", tag = "Rooms", operation_id = "DeleteRoom",
    summary = "Delete a room",
    params(crate::openapi::parameters::RoomId),
    responses(
        (status = 204, description = "The room is gone."),
        crate::openapi::ResourceErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    path: RoomPath,
    State(directory): State<Arc<RoomDirectory>>,
) -> Result<StatusCode, ApiError> {
    let id = path.id().ok_or(ApiError::NOT_FOUND)?;
    if !directory.delete(caller.account_id, id).await? {
        return Err(ApiError::NOT_FOUND);
    }
    audit::room_deleted(caller, id);
    Ok(StatusCode::NO_CONTENT)
}
