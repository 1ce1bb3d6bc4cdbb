//! `GET /room_sessions/{room_session_id}/participants`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::SessionId;
use greenroom_domain::filter::ParticipantFilter;
use greenroom_store::Store;

use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::path::IdInPath;
use crate::query::Query;
use crate::room_participants::{self, ParticipantResource};
use crate::wire::List;

/// Lists a session's participants: the last to join first.
#[utoipa::path(
    get, path = "/room_sessions/{room_session_id}/participants", tag = "Room Sessions",
    operation_id = "RetrieveListRoomParticipants",
    summary = "List the participants of a session",
    params(
        crate::openapi::parameters::SessionId,
        crate::openapi::parameters::ParticipantFilters,
        crate::openapi::parameters::Page,
    ),
    responses(
        (status = 200, description = "A page of participants.", body = inline(List<ParticipantResource>)),
        crate::openapi::ResourceErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    IdInPath(session_id): IdInPath<SessionId>,
    State(store): State<Arc<dyn Store>>,
    mut query: Query,
) -> Result<List<ParticipantResource>, ApiError> {
    let filter = ParticipantFilter {
        session_id: Some(session_id),
        ..room_participants::filter(&mut query)
    };
    let page = query.page();
    query.finish(room_participants::FILTERS)?;

    let account_id = caller.account_id;
    let session = store.session(account_id, session_id).await?;
    session.ok_or(ApiError::NOT_FOUND)?;
    let participants = store.participants(account_id, &filter, page).await?;
    Ok(ParticipantResource::list(participants, page))
}
