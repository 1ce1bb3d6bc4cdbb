//! `POST /room_sessions/{room_session_id}/actions/kick`

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

/// Sends participants out: they are gone, and their tokens open the room no more.
#[utoipa::path(
    post, path = "/room_sessions/{room_session_id}/actions/kick", tag = "Room Sessions",
    operation_id = "KickParticipantInSession",
    summary = "Send participants out of a session",
    params(crate::openapi::parameters::SessionId),
    request_body(content = ActionsParticipantsRequest, description = "Who is to leave."),
    responses(
        (status = 200, description = "They are out.", body = inline(Data<ActionResult>)),
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
    moderator.kick(caller, id, who).await?;
    Ok(super::OK)
}
