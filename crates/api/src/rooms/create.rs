//! `POST /rooms`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use greenroom_domain::room::NewRoom;
use greenroom_domain::webhook::WebhookSettings;
use greenroom_rooms::RoomDirectory;

use super::{RoomResource, RoomSettingsRequest};
use crate::body::JsonBody;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::wire::Data;

/// Makes a room.
#[utoipa::path(
    post, path = "/rooms", tag = "Rooms", operation_id = "CreateRoom",
    summary = "Make a room",
    request_body(content = RoomSettingsRequest, description = "The room's settings; all can be left out."),
    responses(
        (status = 201, description = "The room.", body = inline(Data<RoomResource>)),
        crate::openapi::BodyErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    State(directory): State<Arc<RoomDirectory>>,
    JsonBody(fields): JsonBody,
) -> Result<(StatusCode, Data<RoomResource>), ApiError> {
    let settings = super::settings(fields)?;
    let new = NewRoom {
        unique_name: settings.unique_name.flatten(),
        max_participants: settings.max_participants.unwrap_or_default(),
        enable_recording: settings.enable_recording.unwrap_or(false),
        webhook: WebhookSettings {
            event_url: settings.webhook_event_url.flatten(),
            event_failover_url: settings.webhook_event_failover_url.flatten(),
            timeout: settings.webhook_timeout.flatten(),
        },
    };
    let room = directory.create(caller.account_id, new).await?;
    Ok((
        StatusCode::CREATED,
        Data {
            data: RoomResource::new(&room, None),
        },
    ))
}
