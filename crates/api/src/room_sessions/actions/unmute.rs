//! `POST /room_sessions/{room_session_id}/actions/unmute`

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

/// Lets participants be heard again who were muted.
#[utoipa::path(
    post, path = "/room_sessions/{room_session_id}/actions/unmute", tag = "Room Sessions",
    operation_id = "UnmuteParticipantInSession",
    summary = "Unmute participants of a session",
    params(crate::openapi::parameters::SessionId),
    request_body(content = ActionsParticipantsRequest, description = "Who is to be unmuted."),
    responses(
        (status = 200, description = "They can be heard.", body = inline(Data<ActionResult>)),
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
    moderator.set_muted(caller, id, who, false).await?;
    Ok(super::OK)
}
