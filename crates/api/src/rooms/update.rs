//! `PATCH /rooms/{room_id}`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::room::RoomPatch;
use greenroom_rooms::RoomDirectory;
use greenroom_store::Store;

use super::{RoomPath, RoomResource, RoomSettingsRequest};
use crate::body::JsonBody;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::wire::Data;

/// Changes a room: absent fields stay as they are, null clears what can be cleared.
#[utoipa::path(
    patch, path = "/rooms/{room_id}", tag = "Rooms", operation_id = "UpdateRoom",
    summary = "Change a room",
    params(crate::openapi::parameters::RoomId),
    request_body(content = RoomSettingsRequest, description = "The settings to change."),
    responses(
        (status = 200, description = "The room as it is now.", body = inline(Data<RoomResource>)),
        crate::openapi::ResourceBodyErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    path: RoomPath,
    State(directory): State<Arc<RoomDirectory>>,
    State(store): State<Arc<dyn Store>>,
    JsonBody(fields): JsonBody,
) -> Result<Data<RoomResource>, ApiError> {
    let settings = super::settings(fields)?;
    let patch = RoomPatch {
        unique_name: settings.unique_name,
        max_participants: settings.max_participants,
        enable_recording: settings.enable_recording,
        webhook_event_url: settings.webhook_event_url,
        webhook_event_failover_url: settings.webhook_event_failover_url,
        webhook_timeout: settings.webhook_timeout,
    };
    let id = path.id().ok_or(ApiError::NOT_FOUND)?;
    let room = directory
        .update(caller.account_id, id, patch)
        .await?
        .ok_or(ApiError::NOT_FOUND)?;
    Ok(Data {
        data: RoomResource::one(&room, false, &*store).await?,
    })
}
