//! `GET /rooms/{room_id}`

use std::sync::Arc;

use axum::extract::State;
use greenroom_rooms::RoomDirectory;
use greenroom_store::Store;

use super::{RoomPath, RoomResource};
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::query::Query;
use crate::wire::Data;

/// Shows a room.
#[utoipa::path(
    get, path = "/rooms/{room_id}", tag = "Rooms", operation_id = "ViewRoom",
    summary = "Show a room",
    params(
        crate::openapi::parameters::RoomId,
        ("include_sessions" = Option<bool>, Query, nullable = false, description = "Whether the room shows its newest sessions.", example = true),
    ),
    responses(
        (status = 200, description = "The room.", body = inline(Data<RoomResource>)),
        crate::openapi::ResourceErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    path: RoomPath,
    State(directory): State<Arc<RoomDirectory>>,
    State(store): State<Arc<dyn Store>>,
    mut query: Query,
) -> Result<Data<RoomResource>, ApiError> {
    let include_sessions = query.boolean("include_sessions").unwrap_or(false);
    query.finish(&[])?;
    let id = path.id().ok_or(ApiError::NOT_FOUND)?;
    let room = directory
        .find_of(caller.account_id, id)
        .await?
        .ok_or(ApiError::NOT_FOUND)?;
    Ok(Data {
        data: RoomResource::one(&room, include_sessions, &*store).await?,
    })
}
