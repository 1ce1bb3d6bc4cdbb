//! `GET /room_participants/{room_participant_id}`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::ParticipantId;
use greenroom_store::Store;

use super::ParticipantResource;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::path::IdInPath;
use crate::query::Query;
use crate::wire::Data;

/// Shows a participant; if it took part in several sessions, in the one it joined last.
#[utoipa::path(
    get, path = "/room_participants/{room_participant_id}", tag = "Room Participants",
    operation_id = "ViewRoomParticipant",
    summary = "Show a participant",
    params(crate::openapi::parameters::ParticipantId),
    responses(
        (status = 200, description = "The participant.", body = inline(Data<ParticipantResource>)),
        crate::openapi::ResourceErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    IdInPath(id): IdInPath<ParticipantId>,
    State(store): State<Arc<dyn Store>>,
    query: Query,
) -> Result<Data<ParticipantResource>, ApiError> {
    query.finish(&[])?;
    let participant = store.participant(caller.account_id, id).await?;
    let data = ParticipantResource::new(participant.ok_or(ApiError::NOT_FOUND)?);
    Ok(Data { data })
}
