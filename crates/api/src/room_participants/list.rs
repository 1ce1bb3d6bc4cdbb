//! `GET /room_participants`

use std::sync::Arc;

use axum::extract::State;
use greenroom_domain::filter::ParticipantFilter;
use greenroom_store::Store;

use super::ParticipantResource;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::query::Query;
use crate::wire::List;

/// Lists the participants of all the account's sessions: the last to join first.
#[utoipa::path(
    get, path = "/room_participants", tag = "Room Participants", operation_id = "ListRoomParticipants",
    summary = "List the participants of all sessions of the account",
    params(
        crate::openapi::parameters::InSession,
        crate::openapi::parameters::ParticipantFilters,
        crate::openapi::parameters::Page,
    ),
    responses(
        (status = 200, description = "A page of participants.", body = inline(List<ParticipantResource>)),
        crate::openapi::ListErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    State(store): State<Arc<dyn Store>>,
    mut query: Query,
) -> Result<List<ParticipantResource>, ApiError> {
    let filter = ParticipantFilter {
        session_id: query.id("filter[session_id]"),
        ..super::filter(&mut query)
    };
    let page = query.page();
    query.finish(&[&["filter[session_id]"], super::FILTERS].concat())?;

    let account_id = caller.account_id;
    let participants = store.participants(account_id, &filter, page).await?;
    Ok(ParticipantResource::list(participants, page))
}
