//! `POST /room_sessions/{room_session_id}/actions/mute`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::SessionId;
use greenroom_rooms::Moderator;

use super::{ActionResult, ActionsParticipantsRequest};
use crate::body::JsonBody;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::path::IdInPath;
use crate::wire::Data;

/// Silences the sound of participants for everybody, until they are unmuted.
#[utoipa::path(
    post, path = "/room_sessions/{room_session_id}/actions/mute", tag = "Room Sessions",
    operation_id = "MuteParticipantInSession",
    summary = "Mute participants of a session",
    params(crate::openapi::parameters::SessionId),
    request_body(content = ActionsParticipantsRequest, description = "Who is to be muted."),
    responses(
        (status = 200, description = "They are muted.", body = inline(Data<ActionResult>)),
        crate::openapi::ResourceBodyErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    IdInPath(id): IdInPath<SessionId>,
    State(moderator): State<Arc<Moderator>>,
    JsonBody(fields): JsonBody,
) -> Result<Data<ActionResult>, ApiError> {
    let who = super::selection(fields)?;
    moderator.set_muted(caller, id, who, true).await?;
    Ok(super::OK)
}
